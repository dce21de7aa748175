import { chmod, chown, lstat, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { brokerSocket, hasBrokerSocket, makeSocketDirectory } from '../../../../src/session/broker/socket-place.js';

let base: string;
let count = 0;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'hawser-place-'));
});

afterAll(() => rm(base, { recursive: true }));

/** A directory that nothing has had before, not made yet. */
function place(): string {
  count += 1;
  return join(base, `d${count}`);
}

async function listenAt(path: string): Promise<AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  return { [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())) };
}

describe('where the broker listens', () => {
  it('is what is given, else the variable, else the runtime directory, else one for temporary files', async () => {
    const env = { HAWSER_SESSION_SOCKET: '/run/x/y.sock', XDG_RUNTIME_DIR: base };
    expect(brokerSocket('/a/b.sock', env)).toBe('/a/b.sock');
    expect(brokerSocket(undefined, env)).toBe('/run/x/y.sock');
    expect(brokerSocket(undefined, { ...env, HAWSER_SESSION_SOCKET: '' })).toBe(join(base, 'hawser', 'broker.sock'));
    const temporary = join(tmpdir(), `hawser-${process.getuid?.()}`, 'broker.sock');
    expect(brokerSocket(undefined, {})).toBe(temporary);
    expect(brokerSocket(undefined, { XDG_RUNTIME_DIR: join(base, 'missing') })).toBe(temporary);
  });

  it.skipIf(process.getuid?.() !== 0)(
    'is not in the runtime directory of the user that one was before su',
    async () => {
      const theirs = place();
      await mkdir(theirs, { mode: 0o700 });
      await chown(theirs, 54_321, 54_321);
      expect(brokerSocket(undefined, { XDG_RUNTIME_DIR: theirs })).not.toContain(theirs);
    },
  );

  it('has to be absolute, and short enough for a socket with the lock beside it', () => {
    expect(() => brokerSocket('x.sock')).toThrow('Expected `socket` to be an absolute path, got "x.sock".');
    for (const given of [5, null]) {
      expect(() => brokerSocket(given as unknown as string)).toThrow(`to be an absolute path, got ${given}.`);
    }
    const most = process.platform === 'linux' ? 102 : 98;
    const longest = `/${'x'.repeat(most - 1)}`;
    expect(brokerSocket(longest)).toBe(longest);
    expect(() => brokerSocket(`${longest}y`)).toThrow(OptionError);
    expect(() => brokerSocket(undefined, { HAWSER_SESSION_SOCKET: `${longest}y` })).toThrow(
      `has ${most + 1} bytes, and may have ${most}. Set HAWSER_SESSION_SOCKET to`,
    );
  });

  it('is nowhere on Windows', () => {
    const own = process.getuid;
    Reflect.set(process, 'getuid', undefined);
    try {
      expect(() => brokerSocket()).toThrow('not on Windows');
    } finally {
      Reflect.set(process, 'getuid', own);
    }
  });
});

describe('the directory of the socket', () => {
  it('is made for this user alone, and taken as it is the next time', async () => {
    const directory = place();
    makeSocketDirectory(join(directory, 's'));
    makeSocketDirectory(join(directory, 's'));
    expect((await lstat(directory)).mode & 0o777).toBe(0o700);
  });

  it('is not made where there is no place for it', async () => {
    expect(() => makeSocketDirectory(join(place(), 'deeper', 's'))).toThrow(/ENOENT.*Set HAWSER_SESSION_SOCKET/);
  });

  const refused: readonly (readonly [what: string, make: (path: string) => Promise<void>, words: RegExp])[] = [
    ['that others may enter', (path) => mkdir(path, { mode: 0o755 }), /open to other users \(mode 755\): chmod 700/],
    [
      'that is a symbolic link',
      async (path) => {
        await mkdir(`${path}-real`, { mode: 0o700 });
        await symlink(`${path}-real`, path);
      },
      /is a symbolic link/,
    ],
    ['that is a file', (path) => writeFile(path, ''), /is no directory/],
  ];
  it.each(refused)('is refused one %s', async (_what, make, words) => {
    const directory = place();
    await make(directory);
    expect(() => makeSocketDirectory(join(directory, 's'))).toThrow(words);
    expect(() => hasBrokerSocket(join(directory, 's'))).toThrow(OptionError);
  });

  it('is refused one that others may put another in place of', async () => {
    const above = place();
    await mkdir(above);
    await chmod(above, 0o777);
    expect(() => makeSocketDirectory(join(above, 'd', 's'))).toThrow('open for other users to write to (mode 777)');
    await chmod(above, 0o1777);
    makeSocketDirectory(join(above, 'd', 's'));
  });

  it.skipIf(process.getuid?.() !== 0)('is refused one of somebody else', async () => {
    const directory = place();
    await mkdir(directory, { mode: 0o700 });
    await chown(directory, 54_321, 54_321);
    expect(() => makeSocketDirectory(join(directory, 's'))).toThrow('belongs to another user (uid 54321)');
    expect(() => hasBrokerSocket(join(directory, 's'))).toThrow('belongs to another user (uid 54321)');
  });
});

describe('the socket', () => {
  it('is there or not, and looking makes nothing', async () => {
    const directory = place();
    const socket = join(directory, 's');
    expect(hasBrokerSocket(socket)).toBe(false);
    await expect(lstat(directory)).rejects.toThrow('ENOENT');
    makeSocketDirectory(socket);
    expect(hasBrokerSocket(socket)).toBe(false);
    await using _server = await listenAt(socket);
    expect(hasBrokerSocket(socket)).toBe(true);
  });

  it('is refused a file that is none', async () => {
    const socket = join(place(), 's');
    makeSocketDirectory(socket);
    await writeFile(socket, 'precious');
    expect(() => hasBrokerSocket(socket)).toThrow('is a file that is no socket');
  });

  it.skipIf(process.getuid?.() !== 0)('is refused one of somebody else', async () => {
    const socket = join(place(), 's');
    makeSocketDirectory(socket);
    await using _server = await listenAt(socket);
    await chown(socket, 54_321, 54_321);
    expect(() => hasBrokerSocket(socket)).toThrow('belongs to another user (uid 54321)');
  });
});
