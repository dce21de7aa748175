import * as node from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localAccess } from '../../../../src/remote/files/local/local-access.js';
import { RemoteFs } from '../../../../src/remote/files/remote-fs.js';

const fs = new RemoteFs(localAccess());
let top: string;

beforeEach(async () => {
  top = await node.mkdtemp(join(tmpdir(), 'hawser-fs-'));
});
afterEach(() => node.rm(top, { recursive: true, force: true }));

const at = (...names: string[]): string => join(top, ...names);

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('rm', () => {
  it('removes a link to a directory and leaves the directory, also with a slash at its end', async () => {
    await node.mkdir(at('kept'));
    await node.writeFile(at('kept', 'file'), 'x');
    await node.mkdir(at('tree'));
    await node.symlink('../kept', at('tree', 'link'));
    await node.symlink('kept', at('link'));
    await fs.rm(at('tree'), { recursive: true });
    await fs.rm(`${at('link')}/`, { recursive: true });
    expect(await node.readdir(top)).toEqual(['kept']);
    expect(await node.readdir(at('kept'))).toEqual(['file']);
  });

  it('removes a tree that is deep and wide', async () => {
    let path = at('tree');
    for (let i = 0; i < 300; i += 1) path = join(path, 'd');
    await node.mkdir(path, { recursive: true });
    await Promise.all(Array.from({ length: 500 }, (_, i) => node.writeFile(at('tree', `f${i}`), '')));
    await fs.rm(at('tree'), { recursive: true });
    expect(await node.readdir(top)).toEqual([]);
  });

  it('says what is missing, unless it is forced', async () => {
    await expect(fs.rm(at('none'))).rejects.toMatchObject({ code: 'ENOENT', path: at('none') });
    await expect(fs.rm(at('none'), { force: true })).resolves.toBeUndefined();
    await expect(fs.rm(top)).rejects.toMatchObject({ code: 'ERR_FS_EISDIR', syscall: 'rm' });
  });
});

describe('walk', () => {
  beforeEach(async () => {
    await node.mkdir(at('a', 'b'), { recursive: true });
    await node.mkdir(at('c'));
    await node.writeFile(at('a', 'b', 'file'), '');
    await node.symlink('..', at('a', 'up'));
  });

  it('gives a directory before what is in it, or after', async () => {
    const down = (await all(fs.walk(top))).map(({ path }) => path);
    expect(down).toEqual([top, at('a'), at('a', 'b'), at('c')]);
    const up = (await all(fs.walk(top, { topDown: false }))).map(({ path }) => path);
    expect(up).toEqual([at('a', 'b'), at('a'), at('c'), top]);
  });

  it('does not walk what is taken out of the list', async () => {
    const seen: string[] = [];
    for await (const { path, directories } of fs.walk(top)) {
      seen.push(path);
      directories.splice(0, directories.length, ...directories.filter((name) => name !== 'a'));
    }
    expect(seen).toEqual([top, at('c')]);
  });

  it('follows links where it is asked to, and never in a circle', async () => {
    const seen = (await all(fs.walk(top, { followSymlinks: true }))).map(({ path }) => path);
    expect(seen).toEqual([top, at('a'), at('a', 'b'), at('c')]);
  });

  it('throws for a directory that cannot be listed, or tells of it', async () => {
    await expect(all(fs.walk(at('none')))).rejects.toMatchObject({ code: 'ENOENT', syscall: 'scandir' });
    const errors: unknown[] = [];
    expect(await all(fs.walk(at('none'), { onError: (error) => errors.push(error) }))).toEqual([]);
    expect(errors).toMatchObject([{ code: 'ENOENT' }]);
  });
});

describe('glob', () => {
  beforeEach(async () => {
    await node.mkdir(at('src', 'deep', 'er'), { recursive: true });
    await node.mkdir(at('.hidden'));
    for (const name of ['a.ts', 'b.js', '.c.ts', 'deep/d.ts', 'deep/er/e.ts'])
      await node.writeFile(at('src', name), '');
    await node.symlink('..', at('src', 'deep', 'up'));
  });

  it.each([
    ['**/*.ts', ['src/a.ts', 'src/deep/d.ts', 'src/deep/er/e.ts']],
    ['src/*.{ts,js}', ['src/a.ts', 'src/b.js']],
    ['src/{deep/er,.}/*.ts', ['src/a.ts', 'src/deep/er/e.ts']],
    ['src/deep/up/a.ts', ['src/deep/up/a.ts']],
    [
      'src/**',
      ['src', 'src/a.ts', 'src/b.js', 'src/deep', 'src/deep/d.ts', 'src/deep/er', 'src/deep/er/e.ts', 'src/deep/up'],
    ],
    ['*/', ['src/']],
    ['src/.*', ['src/.c.ts']],
    ['nothing/*', []],
  ])('finds %s', async (pattern, expected) => {
    expect((await all(fs.glob(pattern, { cwd: top }))).sort()).toEqual(expected);
  });

  it('finds absolute patterns, and leaves out what is excluded', async () => {
    expect(await all(fs.glob(`${top}/src/*.ts`))).toEqual([at('src', 'a.ts')]);
    expect(await all(fs.glob('**/*.ts', { cwd: top, exclude: ['src/deep'] }))).toEqual(['src/a.ts']);
    expect(await all(fs.glob('**/*.ts', { cwd: top, exclude: (name: string) => name === 'deep' }))).toEqual([
      'src/a.ts',
    ]);
  });
});

describe('streams', () => {
  it('carry a file there and back, and read a part of it', async () => {
    const bytes = Buffer.alloc(3_000_000, 'hawser');
    const out = fs.createWriteStream(at('file'));
    for (let i = 0; i < bytes.length; i += 100_000) out.write(bytes.subarray(i, i + 100_000));
    out.end();
    await new Promise((resolve, reject) => out.once('close', resolve).once('error', reject));
    expect(Buffer.compare(await node.readFile(at('file')), bytes)).toBe(0);
    const part = Buffer.concat(await all(fs.createReadStream(at('file'), { start: 6, end: 11 })));
    expect(part.toString()).toBe('hawser');
    expect(Buffer.compare(Buffer.concat(await all(fs.createReadStream(at('file')))), bytes)).toBe(0);
  });

  it('fail for a file that is not there', async () => {
    await expect(all(fs.createReadStream(at('none')))).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' });
  });
});

describe('cp', () => {
  it('refuses to copy a tree into itself', async () => {
    await node.mkdir(at('a'));
    await expect(fs.cp(at('a'), at('a', 'b'), { recursive: true })).rejects.toMatchObject({ code: 'ERR_FS_CP_EINVAL' });
  });

  it('leaves a file as it is that is copied to another name of itself', async () => {
    await node.writeFile(at('a'), 'text');
    await node.link(at('a'), at('b'));
    await fs.copyFile(at('a'), at('b'));
    expect(await node.readFile(at('a'), 'utf8')).toBe('text');
  });

  it('copies a tree with its links and times', async () => {
    await node.mkdir(at('from', 'sub'), { recursive: true });
    await node.writeFile(at('from', 'sub', 'file'), 'text', { mode: 0o640 });
    await node.utimes(at('from', 'sub', 'file'), 1000, 2000);
    await node.symlink('sub/file', at('from', 'link'));
    await fs.cp(at('from'), at('to'), { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    expect(await node.readFile(at('to', 'sub', 'file'), 'utf8')).toBe('text');
    expect((await node.stat(at('to', 'sub', 'file'))).mtimeMs).toBe(2_000_000);
    expect(await node.readlink(at('to', 'link'))).toBe('sub/file');
  });
});

describe('FileHandle', () => {
  it('goes on where the last call ended, and says so once it is closed', async () => {
    const handle = await fs.open(at('file'), 'w+');
    await handle.write('hello ');
    await handle.write(Buffer.from('world!!'), 0, 6);
    expect((await handle.read(Buffer.alloc(5), 0, 5, 6)).buffer.toString()).toBe('world');
    await handle.truncate(5);
    expect((await handle.stat()).size).toBe(5);
    await handle.close();
    await handle.close();
    await expect(handle.stat()).rejects.toMatchObject({ code: 'EBADF', syscall: 'fstat' });
    expect(await fs.readFile(at('file'), 'utf8')).toBe('hello');
  });

  it('reads lines', async () => {
    await node.writeFile(at('file'), 'one\ntwo\r\nthree');
    await using handle = await fs.open(at('file'));
    expect(await all(handle.readLines())).toEqual(['one', 'two', 'three']);
  });
});

describe('paths', () => {
  it('refuse a NUL, another scheme, and nothing', async () => {
    await expect(fs.stat('a\0b')).rejects.toMatchObject({ name: 'OptionError' });
    await expect(fs.stat(new URL('http://x/'))).rejects.toMatchObject({ name: 'OptionError' });
    await expect(fs.stat('')).rejects.toMatchObject({ code: 'ENOENT', syscall: 'stat' });
  });

  it('may be bytes that are no text, and come back as text that opens the same file', async () => {
    const name = Buffer.concat([Buffer.from(`${top}/`), Buffer.from([0xff, 0x61])]);
    await fs.writeFile(name, 'odd');
    const [listed = ''] = await fs.readdir(top);
    expect(await fs.readFile(join(top, listed), 'utf8')).toBe('odd');
    expect(await fs.readdir(top, 'buffer')).toEqual([Buffer.from([0xff, 0x61])]);
    expect((await all(await fs.opendir(top))).map((entry) => entry.name)).toEqual([listed]);
    await fs.rm(join(top, listed));
    expect(await node.readdir(top)).toEqual([]);
  });
});

describe('everything', () => {
  it('reads a file of /proc, which says that it is empty', async () => {
    expect(await fs.readFile('/proc/cpuinfo', 'utf8')).toContain('processor');
  });

  it('makes parents and gives the first one that it made', async () => {
    expect(await fs.mkdir(at('a', 'b', 'c'), { recursive: true })).toBe(at('a'));
    expect(await fs.mkdir(at('a', 'b', 'c'), { recursive: true })).toBeUndefined();
    await node.writeFile(at('file'), '');
    await expect(fs.mkdir(at('file', 'b'), { recursive: true })).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(fs.mkdir(at('file'), { recursive: true })).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it('writes what a generator yields, and appends', async () => {
    await fs.writeFile(
      at('file'),
      (function* () {
        yield 'a';
        yield Buffer.from('b');
      })(),
    );
    await fs.appendFile(at('file'), 'c');
    expect(await fs.readFile(at('file'), 'utf8')).toBe('abc');
    expect(await fs.hash(at('file'), 'md5')).toBe('900150983cd24fb0d6963f7d28e17f72');
  });

  it('ends with the reason of a signal that has fired', async () => {
    const signal = AbortSignal.abort();
    await expect(fs.stat(top, { signal })).rejects.toMatchObject({ name: 'AbortError' });
    await expect(fs.open(at('f'), 'w', 0o666, { signal })).rejects.toMatchObject({ name: 'AbortError' });
    expect(await node.readdir(top)).toEqual([]);
  });
});

describe('beside node:fs/promises', () => {
  /** What Node has for itself, and what is newer than the oldest Node that hawser runs on. */
  const others = new Set(['constructor', 'getAsyncId', 'mkdtempDisposable']);

  it('no call is missing', () => {
    const missing = Object.keys(node).filter((name) => !(name in fs) && !others.has(name) && name !== 'default');
    expect(missing).toEqual([]);
  });

  it('no call of an open file is missing', async () => {
    const theirs = await node.open(at(), 'r');
    const ours = await fs.open(at(), 'r');
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(theirs));
    expect(names.filter((name) => !(name in ours) && !others.has(name))).toEqual([]);
    expect(ours[Symbol.asyncDispose]).toBeTypeOf('function');
    await Promise.all([theirs.close(), ours.close()]);
  });
});
