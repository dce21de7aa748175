import { link, lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Claim, claimSocket, isAnswered, underLock } from '../../../../src/session/broker/claim-socket.js';
import { waitUntil } from '../../../rigs/wait-until.js';

let directory: string;
let path: string;
let servers: Server[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-claim-'));
  path = join(directory, 's');
  servers = [];
});

afterEach(async () => {
  for (const server of servers) server.close();
  await rm(directory, { recursive: true });
});

/** Claims the path with a server that says `name` to whoever comes. */
function claim(name: string = ''): Promise<Claim | undefined> {
  return claimSocket(path, (own) => {
    const server = createServer((socket) => socket.on('error', () => {}).end(name));
    servers.push(server);
    return new Promise((resolve) => void server.listen(own, resolve));
  });
}

/** Leaves a socket at the path that nobody is behind, as a process does that was killed. */
async function leaveSocket(at: string = path): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(`${at}-old`, resolve));
  await link(`${at}-old`, at);
  await new Promise<void>((resolve) => void server.close(() => resolve()));
}

function greeting(): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    connect(path)
      .setEncoding('utf8')
      .on('data', (text: string) => {
        said += text;
      })
      .once('error', reject)
      .once('close', () => resolve(said));
  });
}

describe('a claim on a path', () => {
  it('has it as long as it is not released, and leaves nothing', async () => {
    const first = await claim('first');
    expect(await claim('second')).toBeUndefined();
    expect(await greeting()).toBe('first');
    await first?.release();
    expect(await readdir(directory)).toEqual([]);
    expect(await claim('third')).toBeDefined();
    expect(await greeting()).toBe('third');
  });

  it('takes the place of a socket that was left behind', async () => {
    await leaveSocket();
    expect(await isAnswered(path)).toBe(false);
    expect(await claim('new')).toBeDefined();
    expect(await greeting()).toBe('new');
    expect(await readdir(directory)).toEqual(['s']);
  });

  it('has one winner among many that come at once upon a socket that was left behind', async () => {
    for (let round = 0; round < 30; round += 1) {
      await leaveSocket();
      const claims = await Promise.all(Array.from({ length: 8 }, (_, index) => claim(String(index))));
      const winner = claims.findIndex((one) => one !== undefined);
      expect(claims.filter((one) => one !== undefined)).toHaveLength(1);
      expect(await greeting()).toBe(String(winner));
      await claims[winner]?.release();
      for (const server of servers.splice(0)) server.close();
      expect(await readdir(directory)).toEqual([]);
    }
  });

  it('is made also where who was about to remove a socket that was left behind has died over it', async () => {
    await leaveSocket();
    const { ino } = await lstat(path);
    await leaveSocket(join(directory, `.i${ino.toString(36)}`));
    expect(await claim('new')).toBeDefined();
    expect(await greeting()).toBe('new');
    expect(await readdir(directory)).toEqual(['s']);
  });

  it('releases its own socket alone, not the one that has taken its place', async () => {
    const first = await claim('first');
    await rm(path);
    const second = await claim('second');
    await first?.release();
    expect(await greeting()).toBe('second');
    await second?.release();
    expect(await readdir(directory)).toEqual([]);
  });

  it('never removes a file that is no socket', async () => {
    await writeFile(path, 'precious');
    await expect(claim()).rejects.toThrow('is a file that is no socket');
    expect(await readFile(path, 'utf8')).toBe('precious');
    expect(await readdir(directory)).toEqual(['s']);
  });
});

describe('a lock', () => {
  it('lets one at a time work, and the others wait for its end without working', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let works = 0;
    const work = async (): Promise<string> => {
      works += 1;
      await held;
      return 'done';
    };
    const first = underLock(path, work);
    await waitUntil('the first to work', () => works === 1);
    const others = [underLock(path, work), underLock(path, work)];
    await Promise.race([...others, new Promise((resolve) => setImmediate(resolve))]);
    release();
    expect(await Promise.all([first, ...others])).toEqual(['done', undefined, undefined]);
    expect(works).toBe(1);
    expect(await readdir(directory)).toEqual([]);
  });

  it('is free again when the work has failed', async () => {
    await expect(underLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await underLock(path, async () => 1)).toBe(1);
  });

  it('is not waited for any longer than the signal says', async () => {
    let release = (): void => {};
    let works = false;
    const first = underLock(path, () => {
      works = true;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    await waitUntil('the first to work', () => works);
    const signal = AbortSignal.abort();
    await expect(underLock(path, async () => 1, { signal })).rejects.toMatchObject({ name: 'AbortError' });
    release();
    await first;
  });
});
