import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SftpDriver } from '../../../../../src/remote/files/sftp/sftp-driver.js';
import { realSftp, serverProgram } from './real-server.js';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;

/** One act, over SFTP and by Node: `path` makes a path in the directory of the case. */
interface Case {
  readonly name: string;
  readonly code: string;
  readonly sftp: (files: SftpDriver, path: (name: string) => Buffer) => Promise<unknown>;
  readonly node: (path: (name: string) => Buffer) => Promise<unknown>;
  /** Node's promises open a file to truncate it, and its errors are of that call. */
  readonly syscall?: string;
}

const { stat, lstat, readlink, realpath, unlink, rmdir, rename, link } = fs;
const nodes = { stat, lstat, readlink, realpath, unlink, rmdir, rename, link };

const long = 'n'.repeat(256);

async function opened(files: SftpDriver, path: Buffer, flags: number): Promise<void> {
  const file = await files.open(path, flags, 0o644);
  await file.close();
}

async function openedByNode(path: Buffer, flags: number): Promise<void> {
  const file = await fs.open(path, flags, 0o644);
  await file.close();
}

async function listed(files: SftpDriver, path: Buffer): Promise<void> {
  for await (const some of files.list(path)) expect(some.length).toBeGreaterThan(0);
}

function opening(name: string, code: string, path: string, flags: number): Case {
  return {
    name,
    code,
    sftp: (files, at) => opened(files, at(path), flags),
    node: (at) => openedByNode(at(path), flags),
  };
}

/** A call with one path, which both have under one name. */
function one(call: 'stat' | 'lstat' | 'readlink' | 'realpath' | 'unlink' | 'rmdir', path: string, code: string): Case {
  return {
    name: `${call} of "${path.replace(long, 'a long name')}"`,
    code,
    sftp: (files, at) => files[call](at(path)),
    node: (at) => nodes[call](at(path)),
  };
}

/** A call with two. */
function two(call: 'rename' | 'link', from: string, to: string, code: string): Case {
  return {
    name: `${call} of "${from}" to "${to.replace(long, 'a long name')}"`,
    code,
    sftp: (files, at) => files[call](at(from), at(to)),
    node: (at) => nodes[call](at(from), at(to)),
  };
}

const cases: readonly Case[] = [
  one('stat', 'missing', 'ENOENT'),
  one('stat', 'missing/deeper/still', 'ENOENT'),
  one('stat', 'file/below', 'ENOTDIR'),
  one('stat', 'file/below/deeper', 'ENOTDIR'),
  one('stat', 'file/', 'ENOTDIR'),
  one('stat', 'dangling', 'ENOENT'),
  one('stat', 'dangling/below', 'ENOENT'),
  one('stat', 'loop', 'ELOOP'),
  one('stat', 'loop/below', 'ELOOP'),
  one('stat', 'to-loop', 'ELOOP'),
  one('stat', long, 'ENAMETOOLONG'),
  one('stat', `${'d/'.repeat(2500)}x`, 'ENAMETOOLONG'),
  one('lstat', 'missing', 'ENOENT'),
  one('lstat', 'file/below', 'ENOTDIR'),
  one('lstat', 'loop/below', 'ELOOP'),
  one('readlink', 'file', 'EINVAL'),
  one('readlink', 'dir', 'EINVAL'),
  one('readlink', 'missing', 'ENOENT'),
  one('readlink', long, 'ENAMETOOLONG'),
  one('realpath', 'missing', 'ENOENT'),
  one('realpath', 'dangling', 'ENOENT'),
  one('realpath', 'loop', 'ELOOP'),
  one('realpath', 'file/below', 'ENOTDIR'),
  one('unlink', 'missing', 'ENOENT'),
  one('unlink', 'dir', 'EISDIR'),
  one('unlink', 'file/below', 'ENOTDIR'),
  one('unlink', long, 'ENAMETOOLONG'),
  one('rmdir', 'missing', 'ENOENT'),
  one('rmdir', 'file', 'ENOTDIR'),
  one('rmdir', 'to-dir', 'ENOTDIR'),
  one('rmdir', 'full', 'ENOTEMPTY'),
  one('rmdir', 'dir/.', 'EINVAL'),
  two('rename', 'missing', 'x', 'ENOENT'),
  two('rename', 'file', 'missing/x', 'ENOENT'),
  two('rename', 'file', 'file/x', 'ENOTDIR'),
  two('rename', 'file', 'dir', 'EISDIR'),
  two('rename', 'dir', 'file', 'ENOTDIR'),
  two('rename', 'dir', 'full', 'ENOTEMPTY'),
  two('rename', 'dir', 'dir/x', 'EINVAL'),
  two('rename', 'file', long, 'ENAMETOOLONG'),
  two('link', 'missing', 'x', 'ENOENT'),
  two('link', 'file', 'full', 'EEXIST'),
  two('link', 'file', 'missing/x', 'ENOENT'),
  two('link', 'dir', 'x', 'EPERM'),
  {
    name: 'rename to another file system',
    code: 'EXDEV',
    sftp: (files, at) => files.rename(at('file'), Buffer.from('/dev/shm/hawser-never')),
    node: (at) => fs.rename(at('file'), '/dev/shm/hawser-never'),
  },
  {
    name: 'link to another file system',
    code: 'EXDEV',
    sftp: (files, at) => files.link(at('file'), Buffer.from('/dev/shm/hawser-never')),
    node: (at) => fs.link(at('file'), '/dev/shm/hawser-never'),
  },
  ...[
    ['file', 'EEXIST'],
    ['dir', 'EEXIST'],
    ['dangling', 'EEXIST'],
    ['missing/x', 'ENOENT'],
    ['file/x', 'ENOTDIR'],
    [long, 'ENAMETOOLONG'],
  ].flatMap(([path = '', code = '']): Case[] => [
    {
      name: `mkdir of "${path.replace(long, 'a long name')}"`,
      code,
      sftp: (files, at) => files.mkdir(at(path), 0o777),
      node: (at) => fs.mkdir(at(path)),
    },
    {
      name: `symlink at "${path.replace(long, 'a long name')}"`,
      code,
      sftp: (files, at) => files.symlink(Buffer.from('t'), at(path)),
      node: (at) => fs.symlink('t', at(path)),
    },
  ]),
  {
    name: 'symlink to nothing',
    code: 'ENOENT',
    sftp: (files, at) => files.symlink(Buffer.alloc(0), at('x')),
    node: (at) => fs.symlink('', at('x')),
  },
  ...[
    ['file', 'ENOTDIR'],
    ['missing', 'ENOENT'],
    ['file/x', 'ENOTDIR'],
    ['loop', 'ELOOP'],
  ].map(
    ([path = '', code = '']): Case => ({
      name: `a listing of "${path}"`,
      code,
      sftp: (files, at) => listed(files, at(path)),
      node: (at) => fs.readdir(at(path)),
    }),
  ),
  opening('open of what is missing', 'ENOENT', 'missing', O_RDONLY),
  opening('open in a directory that is missing', 'ENOENT', 'missing/x', O_WRONLY | O_CREAT),
  opening('open below a file', 'ENOTDIR', 'file/x', O_WRONLY | O_CREAT),
  opening('open of a new file that exists', 'EEXIST', 'file', O_WRONLY | O_CREAT | O_EXCL),
  opening('open of a new file that is a dangling link', 'EEXIST', 'dangling', O_WRONLY | O_CREAT | O_EXCL),
  opening('open of a new file that is a directory', 'EEXIST', 'dir', O_WRONLY | O_CREAT | O_EXCL),
  opening('open of a directory to write', 'EISDIR', 'dir', O_WRONLY),
  opening('open of a directory to read and write', 'EISDIR', 'dir', O_RDWR),
  opening('open of a directory to create it', 'EISDIR', 'dir', O_RDONLY | O_CREAT),
  opening('open of a directory to truncate it', 'EISDIR', 'dir', O_RDONLY | O_TRUNC),
  opening('open of a loop', 'ELOOP', 'loop', O_RDONLY),
  opening('open of a link that is not to be followed', 'ELOOP', 'to-dir', O_RDONLY | O_NOFOLLOW),
  opening('open of a file that has to be a directory', 'ENOTDIR', 'file', O_RDONLY | O_DIRECTORY),
  opening('open of a link that has to be a directory itself', 'ENOTDIR', 'to-dir', O_DIRECTORY | O_NOFOLLOW),
  opening('open of a name that is too long', 'ENAMETOOLONG', long, O_WRONLY | O_CREAT),
  opening('open of a socket', 'ENXIO', 'socket', O_RDONLY),
  {
    name: 'read of a directory',
    code: 'EISDIR',
    sftp: async (files, at) => (await files.open(at('dir'), O_RDONLY, 0)).read(0, 10),
    node: async (at) => {
      const file = await fs.open(at('dir'), 'r');
      await file.read(Buffer.alloc(10), 0, 10, 0).finally(() => file.close());
    },
  },
  {
    name: 'read of a file that is open to write',
    code: 'EBADF',
    sftp: async (files, at) => (await files.open(at('file'), O_WRONLY, 0)).read(0, 10),
    node: async (at) => {
      const file = await fs.open(at('file'), O_WRONLY);
      await file.read(Buffer.alloc(10), 0, 10, 0).finally(() => file.close());
    },
  },
  {
    name: 'write to a file that is open to read',
    code: 'EBADF',
    sftp: async (files, at) => (await files.open(at('file'), O_RDONLY, 0)).write(0, [Buffer.from('x')]),
    node: async (at) => {
      const file = await fs.open(at('file'), O_RDONLY);
      await file.write(Buffer.from('x'), 0, 1, 0).finally(() => file.close());
    },
  },
  {
    name: 'truncation of a file that is open to read',
    code: 'EINVAL',
    sftp: async (files, at) => (await files.open(at('file'), O_RDONLY, 0)).truncate(0),
    node: async (at) => {
      const file = await fs.open(at('file'), O_RDONLY);
      await file.truncate(0).finally(() => file.close());
    },
  },
  ...[
    ['missing', 'ENOENT'],
    ['dir', 'EISDIR'],
    ['file/x', 'ENOTDIR'],
  ].map(
    ([path = '', code = '']): Case => ({
      name: `truncation of "${path}"`,
      code,
      sftp: (files, at) => files.truncate(at(path), 1),
      node: (at) => fs.truncate(at(path), 1),
    }),
  ),
  ...['missing', 'dangling'].flatMap((path): Case[] => [
    {
      name: `chmod of "${path}"`,
      code: 'ENOENT',
      sftp: (files, at) => files.chmod(at(path), 0o600),
      node: (at) => fs.chmod(at(path), 0o600),
    },
    {
      name: `chown of "${path}"`,
      code: 'ENOENT',
      sftp: (files, at) => files.chown(at(path), 0, 0),
      node: (at) => fs.chown(at(path), 0, 0),
    },
    {
      name: `utimes of "${path}"`,
      code: 'ENOENT',
      sftp: (files, at) => files.utimes(at(path), { atimeMs: 0, mtimeMs: 0 }),
      node: (at) => fs.utimes(at(path), 0, 0),
    },
    {
      name: `statfs of "${path}"`,
      code: 'ENOENT',
      sftp: (files, at) => files.statfs(at(path)),
      node: (at) => fs.statfs(at(path)),
    },
  ]),
  {
    name: 'lutimes of what is missing',
    code: 'ENOENT',
    sftp: (files, at) => files.lutimes(at('missing'), { atimeMs: 0, mtimeMs: 0 }),
    node: (at) => fs.lutimes(at('missing'), 0, 0),
  },
];

async function failure(work: Promise<unknown>): Promise<Record<string, unknown>> {
  const error: unknown = await work.then(
    () => new Error('It went well.'),
    (reason: unknown) => reason,
  );
  const of = (name: string): unknown => (error instanceof Error ? Reflect.get(error, name) : undefined);
  return { code: of('code'), syscall: of('syscall'), path: of('path')?.toString(), dest: of('dest')?.toString() };
}

describe.skipIf(serverProgram === undefined)('what fails over SFTP', () => {
  let sftp: SftpDriver;
  let root: string;
  const at = (name: string): Buffer => Buffer.from(`${root}/${name}`);

  beforeAll(async () => {
    root = await fs.mkdtemp(join(tmpdir(), 'hawser-sftp-'));
    sftp = await realSftp();
    await fs.writeFile(at('file'), 'text');
    await fs.mkdir(at('dir'));
    await fs.mkdir(at('full'));
    await fs.writeFile(at('full/x'), '');
    await fs.symlink('nowhere', at('dangling'));
    await fs.symlink('loop', at('loop'));
    await fs.symlink('loop', at('to-loop'));
    await fs.symlink('dir', at('to-dir'));
    const { createServer } = await import('node:net');
    const server = createServer().listen(at('socket').toString());
    await new Promise((resolve) => server.once('listening', resolve));
    // The file of the socket goes with its server, so its name is kept by another.
    await fs.link(at('socket'), at('kept'));
    await new Promise((resolve) => server.close(resolve));
    await fs.rename(at('kept'), at('socket'));
  });
  afterAll(async () => {
    await sftp.close();
    await fs.rm(root, { recursive: true });
  });

  it.each(cases)('fails with the code of Node: $name', async ({ code, sftp: act, node }) => {
    const [mine, theirs] = [await failure(act(sftp, at)), await failure(node(at))];
    expect(theirs['code']).toBe(code);
    // Node does not name the file where the call is on one that is open.
    expect({ ...mine, path: theirs['path'] && mine['path'] }).toEqual(theirs);
  });

  it('says on which host, and with which file', async () => {
    await expect(sftp.stat(at('mis\nsing'))).rejects.toThrow(
      `ENOENT: no such file or directory, stat '${root}/mis\\nsing' on far`,
    );
  });

  it('refuses a path with a zero byte without asking', async () => {
    await expect(sftp.stat(at('a\0b'))).rejects.toMatchObject({ code: 'EINVAL', syscall: 'stat' });
    expect(sftp.usable).toBe(true);
  });

  it('refuses flags and numbers that SFTP has no words for', async () => {
    await expect(opened(sftp, at('file'), constants.O_SYNC | O_WRONLY)).rejects.toMatchObject({ code: 'ENOTSUP' });
    await expect(opened(sftp, at('file'), 3)).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(sftp.utimes(at('file'), { atimeMs: -1, mtimeMs: 0 })).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(sftp.chown(at('file'), 2 ** 33, 0)).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(sftp.truncate(at('file'), -1)).rejects.toMatchObject({ code: 'EINVAL' });
    expect(await fs.readFile(at('file'), 'utf8')).toBe('text');
  });

  it('says that as many files are open as the server allows', async () => {
    const small = await realSftp({ openFiles: 20 });
    const asked = Array.from({ length: 20 }, () => small.open(at('file'), O_RDONLY, 0));
    const settled = await Promise.allSettled(asked);
    const open = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    // It tells a few less than it takes.
    expect(open.length).toBeGreaterThanOrEqual(small.limits.openHandles ?? 20);
    await expect(small.open(at('file'), O_RDONLY, 0)).rejects.toMatchObject({ code: 'EMFILE', syscall: 'open' });
    await expect(listed(small, at('full'))).rejects.toMatchObject({ code: 'EMFILE', syscall: 'scandir' });
    await open[0]?.close();
    await opened(small, at('file'), O_RDONLY);
    await small.close();
  });

  it('says that a user is not known', async () => {
    await expect(sftp.home('nobody-of-that-name')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
