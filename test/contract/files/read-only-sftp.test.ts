import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { createConnection } from '../../../src/connection/create-connection.js';
import type { RemoteFs } from '../../../src/remote/files/remote-fs.js';
import { describeReal, type Sshd, startSshd } from '../../rigs/rigs.js';

describeReal(['sshd'], 'a server that shows one directory, read-only, and runs no commands', () => {
  let server: Sshd;
  let root: string;
  let connection: Connection;
  let fs: RemoteFs;
  beforeAll(async () => {
    // sshd wants all of the path to belong to root, and nobody else to write to it.
    root = await mkdtemp('/run/hawser-chroot-');
    await mkdir(`${root}/d/e`, { recursive: true });
    await writeFile(`${root}/a`, 'shown');
    await writeFile(`${root}/d/b`, 'below');
    const { chmod } = await import('node:fs/promises');
    for (const path of [root, `${root}/d`, `${root}/d/e`]) await chmod(path, 0o755);
    server = await startSshd({
      keys: ['ed25519'],
      config: { ChrootDirectory: root, ForceCommand: 'internal-sftp -R' },
    });
    connection = createConnection({
      host: server.host,
      port: server.port,
      username: server.user,
      privateKey: server.identity,
      knownHosts: server.knownHosts,
      agent: false,
      sshConfig: false,
      keepAlive: false,
    });
    fs = connection.fs;
  });
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
    await rm(root, { recursive: true, force: true });
  });

  it('has its files below `/`, and nothing above it', async () => {
    expect((await fs.readdir('/')).sort()).toEqual(['a', 'd']);
    expect(await fs.readFile('/a', 'utf8')).toBe('shown');
    expect(await fs.readFile('/../../d/b', 'utf8')).toBe('below');
    await expect(fs.stat('/etc/passwd')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('has `/` for `~`, since the home directory is not shown', async () => {
    expect(await fs.realpath('~')).toBe('/');
    expect(await fs.readFile('~/a', 'utf8')).toBe('shown');
    expect(await fs.readFile('a', 'utf8')).toBe('shown');
  });

  it.each<[string, () => Promise<unknown>]>([
    ['writeFile', () => fs.writeFile('/new', 'x')],
    ['writeFile of a file that is there', () => fs.writeFile('/a', 'x')],
    ['mkdir', () => fs.mkdir('/new')],
    ['rm', () => fs.rm('/a')],
    ['rm of a tree', () => fs.rm('/d', { recursive: true })],
    ['rename', () => fs.rename('/a', '/b')],
    ['chmod', () => fs.chmod('/a', 0o777)],
    ['truncate', () => fs.truncate('/a')],
    ['symlink', () => fs.symlink('a', '/l')],
    ['utimes', () => fs.utimes('/a', 1, 1)],
  ])('refuses %s and says so', async (_, act) => {
    await expect(act()).rejects.toMatchObject({
      name: 'FileError',
      code: expect.stringMatching(/^(EROFS|EACCES|EPERM)$/),
    });
    expect(await fs.readFile('/a', 'utf8')).toBe('shown');
  });

  it('gives its tree to a download, and takes no upload', async () => {
    const mine = await mkdtemp('/tmp/hawser-mine-');
    try {
      expect(await connection.download('/', `${mine}/t`)).toMatchObject({ files: 2, failed: [] });
      await expect(connection.upload(`${mine}/t/a`, '/new')).rejects.toMatchObject({
        code: expect.stringMatching(/^(EROFS|EACCES|EPERM)$/),
      });
    } finally {
      await rm(mine, { recursive: true });
    }
  });
});
