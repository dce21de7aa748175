import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DirectoryEntry, OpenFile } from '../../../../../src/remote/files/file-driver.js';
import type { SftpDriver } from '../../../../../src/remote/files/sftp/sftp-driver.js';
import { realSftp, serverProgram } from './real-server.js';

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;

describe.skipIf(serverProgram === undefined)("files over OpenSSH's sftp-server", () => {
  let sftp: SftpDriver;
  let root: string;
  let count = 0;
  let dir: string;

  const at = (name: string): Buffer => Buffer.from(join(dir, name));
  const all = async (path: Buffer): Promise<DirectoryEntry[]> => {
    const entries: DirectoryEntry[] = [];
    for await (const some of sftp.list(path)) entries.push(...some);
    return entries;
  };

  beforeAll(async () => {
    root = await fs.mkdtemp(join(tmpdir(), 'hawser-sftp-'));
    sftp = await realSftp();
  });
  afterAll(async () => {
    await sftp.close();
    await fs.rm(root, { recursive: true });
  });
  beforeEach(async () => {
    count += 1;
    dir = join(root, String(count));
    await fs.mkdir(dir);
  });

  async function withFile<T>(name: string, flags: number, work: (file: OpenFile) => Promise<T>): Promise<T> {
    const file = await sftp.open(at(name), flags, 0o644);
    try {
      return await work(file);
    } finally {
      await file.close();
    }
  }

  async function pulled(
    file: OpenFile,
    o: { start?: number; end?: number; expected?: number; inOrder?: boolean } = {},
  ) {
    const parts = new Map<number, Buffer>();
    const position = await file.pull({
      start: 0,
      inOrder: false,
      ...o,
      take: (from, pieces) => void parts.set(from, Buffer.concat(pieces)),
    });
    const order = [...parts.keys()];
    const bytes = Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, part]) => part));
    return { position, bytes, order };
  }

  it('learns the limits of the server', () => {
    expect(sftp.limits.readLength).toBe(255 * 1024);
    expect(sftp.limits.writeLength).toBe(255 * 1024);
    expect(sftp.limits.openHandles).toBeGreaterThan(10);
  });

  it('begins in the home directory or where it was started', async () => {
    expect((await sftp.home()).toString()).toBe(process.cwd());
    const me = userInfo();
    expect((await sftp.home(me.username)).toString()).toBe(me.homedir);
  });

  it('writes a file and reads it', async () => {
    await withFile('a', O_WRONLY | O_CREAT | O_EXCL, (file) =>
      file.write(0, [Buffer.from('hello '), Buffer.from('you')]),
    );
    expect(await fs.readFile(at('a'), 'utf8')).toBe('hello you');
    await withFile('a', O_RDONLY, async (file) => {
      expect(Buffer.concat(await file.read(6, 100)).toString()).toBe('you');
      expect(await file.read(9, 100)).toEqual([]);
      expect((await file.stat()).size).toBe(9);
    });
  });

  it('splits a write that is longer than the server takes', async () => {
    const bytes = randomBytes(3_000_001);
    await withFile('a', O_RDWR | O_CREAT, (file) => file.write(5, [bytes.subarray(0, 7), bytes.subarray(7)]));
    const got = await fs.readFile(at('a'));
    expect(got.subarray(5).equals(bytes)).toBe(true);
  });

  it('appends at the end whatever the position says', async () => {
    await fs.writeFile(at('a'), 'begin');
    const more = randomBytes(700_000);
    await withFile('a', O_WRONLY | O_APPEND, (file) => file.write(0, [more]));
    expect((await fs.readFile(at('a'))).equals(Buffer.concat([Buffer.from('begin'), more]))).toBe(true);
  });

  it.each([0, 1, 261_119, 261_120, 261_121, 5_000_003])('pulls a file of %i bytes', async (size) => {
    const bytes = randomBytes(size);
    await fs.writeFile(at('a'), bytes);
    await withFile('a', O_RDONLY, async (file) => {
      for (const o of [{}, { expected: size }, { inOrder: true }, { expected: size + 300_000 }, { expected: 1 }]) {
        const got = await pulled(file, o);
        expect(got.position).toBe(size);
        expect(got.bytes.equals(bytes)).toBe(true);
      }
      const part = await pulled(file, { start: 1, end: 300_001, expected: size, inOrder: true });
      expect(part.bytes.equals(bytes.subarray(1, 300_001))).toBe(true);
      expect(part.order).toEqual([...part.order].sort((a, b) => a - b));
    });
  });

  it('pulls a file of /proc, which has no size and comes in short pieces', async () => {
    const file = await sftp.open(Buffer.from('/proc/kallsyms'), O_RDONLY, 0);
    const got = await pulled(file, { expected: 0 });
    await file.close();
    expect(got.bytes.length).toBe((await fs.readFile('/proc/kallsyms')).length);
  });

  it('pushes what a source gives, in pieces of any length', async () => {
    const bytes = randomBytes(6_000_000);
    let given = 0;
    let acknowledged = 0;
    const end = await withFile('a', O_WRONLY | O_CREAT, (file) =>
      file.push({
        start: 0,
        next: async (length) => {
          if (given >= bytes.length) return undefined;
          const from = given;
          given += Math.min(length, 1 + (given % 400_000));
          const half = from + Math.floor((given - from) / 2);
          return [bytes.subarray(from, half), bytes.subarray(half, given)];
        },
        written: (length) => {
          acknowledged += length;
        },
      }),
    );
    expect(end).toBe(bytes.length);
    expect(acknowledged).toBe(bytes.length);
    expect((await fs.readFile(at('a'))).equals(bytes)).toBe(true);
  });

  it('fails with what the source fails with', async () => {
    const failure = withFile('a', O_WRONLY | O_CREAT, (file) =>
      file.push({ start: 0, next: () => Promise.reject(new RangeError('no more')) }),
    );
    await expect(failure).rejects.toThrow('no more');
  });

  it('fails with what the taker fails with', async () => {
    await fs.writeFile(at('a'), randomBytes(2_000_000));
    for (const take of [
      () => Promise.reject(new RangeError('full')),
      () => {
        throw new RangeError('full');
      },
    ]) {
      const failure = withFile('a', O_RDONLY, (file) => file.pull({ start: 0, inOrder: true, take }));
      await expect(failure).rejects.toThrow('full');
    }
  });

  it('stops a pull and a push when the signal fires, and goes on with other work', async () => {
    await fs.writeFile(at('a'), randomBytes(20_000_000));
    const pulling = new AbortController();
    const reading = withFile('a', O_RDWR, (file) =>
      file.pull({ start: 0, inOrder: false, take: () => pulling.abort(), signal: pulling.signal }),
    );
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    const pushing = new AbortController();
    const writing = withFile('a', O_RDWR, (file) =>
      file.push({
        start: 0,
        next: async (length) => [Buffer.alloc(length)],
        written: () => pushing.abort(),
        signal: pushing.signal,
      }),
    );
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' });
    expect((await sftp.stat(at('a'))).isFile()).toBe(true);
    const late = withFile('a', O_RDONLY, (file) =>
      file.pull({ start: 0, inOrder: false, take: () => {}, signal: AbortSignal.abort() }),
    );
    await expect(late).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('tells what stat and lstat tell', async () => {
    await fs.writeFile(at('a'), 'x', { mode: 0o640 });
    await fs.symlink('a', at('l'));
    const [mine, theirs] = [await sftp.stat(at('l')), await fs.stat(at('l'))];
    expect(mine).toMatchObject({ size: 1, mode: theirs.mode, uid: theirs.uid, gid: theirs.gid });
    expect(mine.mtimeMs).toBe(Math.floor(theirs.mtimeMs / 1000) * 1000);
    expect((await sftp.lstat(at('l'))).isSymbolicLink()).toBe(true);
  });

  it('lists a directory with names of any bytes, and what they are', async () => {
    const odd = Buffer.from([0x2e, 0x2e, 0xff, 0x0a, 0x20]);
    await fs.writeFile(Buffer.concat([at('/'), odd]), '');
    await fs.mkdir(at('d'));
    await fs.symlink('nowhere', at('l'));
    const names = await all(Buffer.from(dir));
    expect(names.map(({ name }) => name.toString('latin1')).sort()).toEqual([odd.toString('latin1'), 'd', 'l'].sort());
    expect(names.find(({ name }) => name.toString() === 'l')?.kind).toBe(constants.S_IFLNK);
    expect(names.find(({ name }) => name.toString() === 'd')?.stats?.isDirectory()).toBe(true);
  });

  it('lists a long directory whole, and a listing may be left early', async () => {
    const names = Array.from({ length: 2500 }, (_, i) => `file-${i}`);
    for (const name of names) await fs.writeFile(at(name), '');
    expect((await all(Buffer.from(dir))).map(({ name }) => name.toString()).sort()).toEqual(names.sort());
    for await (const some of sftp.list(Buffer.from(dir))) {
      expect(some.length).toBeGreaterThan(0);
      break;
    }
  });

  it('makes and removes, links and renames', async () => {
    await sftp.mkdir(at('d'), 0o700);
    expect((await fs.stat(at('d'))).mode & 0o777).toBe(0o700);
    await sftp.rmdir(at('d'));
    await fs.writeFile(at('a'), 'a');
    await fs.writeFile(at('b'), 'b');
    await sftp.rename(at('a'), at('b'));
    expect(await fs.readFile(at('b'), 'utf8')).toBe('a');
    await sftp.link(at('b'), at('c'));
    expect((await fs.stat(at('c'))).nlink).toBe(2);
    await sftp.symlink(Buffer.from('c'), at('s'));
    expect(await fs.readlink(at('s'))).toBe('c');
    expect((await sftp.readlink(at('s'))).toString()).toBe('c');
    expect((await sftp.realpath(at('s'))).toString()).toBe(await fs.realpath(at('c')));
    await sftp.unlink(at('s'));
    expect((await fs.readdir(dir)).sort()).toEqual(['b', 'c']);
  });

  it('changes sizes, modes and times', async () => {
    await fs.writeFile(at('a'), 'abcdef');
    await fs.symlink('a', at('l'));
    await sftp.truncate(at('a'), 3);
    await sftp.chmod(at('a'), 0o604);
    await sftp.utimes(at('a'), { atimeMs: 1_000_000_000_000, mtimeMs: 1_100_000_000_000 });
    await sftp.lutimes(at('l'), { atimeMs: 1_000_000, mtimeMs: 2_000_000 });
    const [file, link] = [await fs.stat(at('a')), await fs.lstat(at('l'))];
    expect([file.size, file.mode & 0o777, file.atimeMs, file.mtimeMs]).toEqual([3, 0o604, 1e12, 1.1e12]);
    expect(link.mtimeMs).toBe(2_000_000);
    await withFile('a', O_RDWR, async (open) => {
      await open.truncate(10);
      await open.chmod(0o600);
      await open.utimes({ atimeMs: 5000, mtimeMs: 6000 });
      await open.sync();
    });
    const after = await fs.stat(at('a'));
    expect([after.size, after.mode & 0o777, after.mtimeMs]).toEqual([10, 0o600, 6000]);
  });

  it('tells of the file system, and copies on the server', async () => {
    const [mine, theirs] = [await sftp.statfs(Buffer.from(dir)), await fs.statfs(dir)];
    expect(mine).toMatchObject({ bsize: theirs.bsize, blocks: theirs.blocks });
    const bytes = randomBytes(1_000_000);
    await fs.writeFile(at('a'), bytes);
    const from = await sftp.open(at('a'), O_RDONLY, 0);
    const to = await sftp.open(at('b'), O_WRONLY | O_CREAT | O_TRUNC, 0o644);
    await sftp.copy(from, to);
    await Promise.all([from.close(), to.close()]);
    expect((await fs.readFile(at('b'))).equals(bytes)).toBe(true);
  });

  it('refuses a file that has been closed', async () => {
    const file = await sftp.open(at('a'), O_RDWR | O_CREAT, 0o644);
    await file.close();
    await file.close();
    await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'EBADF', syscall: 'read' });
    await expect(file.write(0, [Buffer.from('x')])).rejects.toMatchObject({ code: 'EBADF' });
    await expect(file.stat()).rejects.toMatchObject({ code: 'EBADF' });
  });

  it('tells everything under way that the session was closed', async () => {
    const own = await realSftp();
    const pending = [own.stat(at('')), own.home(), own.mkdir(at('x'), 0o777)].map((work) => expect(work).rejects);
    await own.close();
    for (const work of pending) await work.toMatchObject({ code: 'ERR_HAWSER_CLOSED', host: 'far' });
    expect(own.usable).toBe(false);
    await own.close();
    await expect(own.stat(at(''))).rejects.toMatchObject({ code: 'ERR_HAWSER_CLOSED' });
  });
});
