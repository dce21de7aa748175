import * as node from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileAccess, FileScope } from '../../../../../src/remote/files/file-access.js';
import { RemoteFs } from '../../../../../src/remote/files/remote-fs.js';
import { ShellDriver } from '../../../../../src/remote/files/shell/shell-driver.js';
import { LocalTransport } from '../../../../../src/transport/local/local-transport.js';

/** This machine's files through its shell. */
function shellAccess(): FileAccess {
  const site = { transport: new LocalTransport(), host: 'local', key: 'local' };
  const files = new ShellDriver(site);
  const use = <T>(work: (scope: FileScope) => Promise<T>): Promise<T> => work({ files, site });
  return { host: 'local', key: 'local', use, useAnother: use };
}

const fs = new RemoteFs(shellAccess());
let top: string;

beforeEach(async () => {
  top = await node.mkdtemp(join(tmpdir(), 'hawser-shell-'));
});
afterEach(() => node.rm(top, { recursive: true, force: true }));

const at = (...names: string[]): string => join(top, ...names);

describe('files through a shell', () => {
  it.each([
    'plain',
    'with space',
    "it's",
    'say "so"',
    'line\nbreak\n',
    '-rf',
    '$HOME',
    '`id`',
    '*',
    '!',
    '\\',
    '🚢',
  ])('have the name %j', async (name) => {
    await fs.mkdir(at(name));
    await fs.writeFile(at(name, name), name);
    expect(await fs.readdir(at(name))).toEqual([name]);
    expect(await fs.readFile(at(name, name), 'utf8')).toBe(name);
    await fs.symlink(name, at('link'));
    expect(await fs.readlink(at('link'))).toBe(name);
    await fs.rm(at(name), { recursive: true });
    expect(await node.readdir(top)).toEqual(['link']);
  });

  it('have names that are no text', async () => {
    const name = Buffer.concat([Buffer.from(`${top}/`), Buffer.from([0xff, 0x0a])]);
    await node.writeFile(name, 'odd');
    const [listed = ''] = await fs.readdir(top);
    expect(await fs.readFile(join(top, listed), 'utf8')).toBe('odd');
  });

  it('are stated as the system states them', async () => {
    await node.writeFile(at('file'), 'text', { mode: 0o640 });
    await fs.utimes(at('file'), 1_000_000_000, new Date('2001-02-03T04:05:06Z'));
    const [seen, real] = [await fs.stat(at('file')), await node.stat(at('file'))];
    for (const field of ['mode', 'size', 'uid', 'gid', 'atimeMs', 'mtimeMs', 'ino', 'nlink'] as const) {
      expect(seen[field], field).toBe(real[field]);
    }
    await node.symlink('file', at('link'));
    expect((await fs.lstat(at('link'))).isSymbolicLink()).toBe(true);
    expect((await fs.stat(at('link'))).isFile()).toBe(true);
  });

  it('are written at any place, and nothing is cut off', async () => {
    await node.writeFile(at('file'), '0123456789');
    await fs.writeFile(at('file'), 'ab', { flag: 1 });
    expect(await node.readFile(at('file'), 'utf8')).toBe('ab23456789');
    await fs.appendFile(at('file'), '!');
    await fs.truncate(at('file'), 4);
    expect(await node.readFile(at('file'), 'utf8')).toBe('ab23');
    const out = fs.createWriteStream(at('file'), { flags: 'a' });
    out.end('45');
    await new Promise((resolve) => out.once('close', resolve));
    expect(await node.readFile(at('file'), 'utf8')).toBe('ab2345');
    const part: Buffer[] = [];
    for await (const piece of fs.createReadStream(at('file'), { start: 2, end: 3 })) part.push(piece);
    expect(Buffer.concat(part).toString()).toBe('23');
  });

  it('are made with the permissions that are asked for, less the umask', async () => {
    const umask = process.umask();
    await fs.writeFile(at('file'), '', { mode: 0o700 });
    await fs.mkdir(at('dir'), { mode: 0o750 });
    expect((await node.stat(at('file'))).mode & 0o7777).toBe(0o700 & ~umask);
    expect((await node.stat(at('dir'))).mode & 0o7777).toBe(0o750 & ~umask);
  });

  it.each([
    ['ENOENT', () => fs.stat(at('none'))],
    ['ENOENT', () => fs.readdir(at('none'))],
    ['ENOENT', () => fs.unlink(at('none'))],
    ['ENOENT', () => fs.writeFile(at('none', 'file'), '')],
    ['ENOENT', () => fs.rename(at('none'), at('other'))],
    ['ENOTDIR', () => fs.readdir(at('file'))],
    ['ENOTDIR', () => fs.stat(at('file', 'below'))],
    ['EISDIR', () => fs.readFile(top)],
    ['EISDIR', () => fs.writeFile(top, '')],
    ['EISDIR', () => fs.unlink(at('full'))],
    ['ENOTEMPTY', () => fs.rmdir(at('full'))],
    ['EEXIST', () => fs.mkdir(at('full'))],
    ['EEXIST', () => fs.writeFile(at('file'), '', { flag: 'wx' })],
    ['EEXIST', () => fs.symlink('x', at('file'))],
    ['EINVAL', () => fs.readlink(at('file'))],
    ['ENOSYS', () => fs.statfs(top)],
    ['ENOSYS', () => fs.open(at('file'), 'r+')],
  ])('fail with %s (%s)', async (code, call) => {
    await node.writeFile(at('file'), 'kept');
    await node.mkdir(at('full', 'sub'), { recursive: true });
    await expect(call()).rejects.toMatchObject({ name: 'FileError', code });
    expect(await node.readFile(at('file'), 'utf8')).toBe('kept');
  });

  it('are renamed over what is there, and never into it', async () => {
    await node.mkdir(at('a'));
    await node.mkdir(at('b'));
    await node.writeFile(at('file'), 'new');
    await node.symlink('b', at('link'));
    await fs.rename(at('a'), at('b'));
    await fs.rename(at('file'), at('link'));
    expect((await node.readdir(top)).sort()).toEqual(['b', 'link']);
    expect(await node.readdir(at('b'))).toEqual([]);
    expect(await node.readFile(at('link'), 'utf8')).toBe('new');
  });

  it('are walked, copied and removed', async () => {
    await node.mkdir(at('a', 'b'), { recursive: true });
    await node.writeFile(at('a', 'b', 'file'), Buffer.alloc(200_000, 'x'));
    await fs.cp(at('a'), at('c'), { recursive: true });
    expect((await node.readFile(at('c', 'b', 'file'))).length).toBe(200_000);
    expect(await fs.realpath(at('c', '..', 'a'))).toBe(at('a'));
    await fs.rm(at('a'), { recursive: true });
    expect(await node.readdir(top)).toEqual(['c']);
  });
});
