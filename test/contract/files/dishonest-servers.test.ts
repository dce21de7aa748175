import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { createConnection } from '../../../src/connection/create-connection.js';
import { describeReal, type Sshd, startSshd } from '../../rigs/rigs.js';
import { failure } from '../places.js';

const filter = fileURLToPath(new URL('sftp-filter.mjs', import.meta.url));

describeReal(['sshd'], 'a server that does not do as it should', () => {
  let server: Sshd | undefined;
  let connection: Connection | undefined;
  let there: string;
  let mine: string;
  beforeEach(async () => {
    there = await mkdtemp(join(tmpdir(), 'hawser-there-'));
    mine = await mkdtemp(join(tmpdir(), 'hawser-mine-'));
  });
  afterEach(async () => {
    await connection?.close();
    await server?.stop();
    for (const path of [there, mine]) await rm(path, { recursive: true, force: true });
  });

  /** A connection to a server whose answers go through the filter. */
  async function through(...words: string[]): Promise<Connection> {
    const script = join(there, '.filter.mjs');
    await copyFile(filter, script);
    const subsystem = ['sftp', process.execPath, script, ...words].join(' ');
    server = await startSshd({ keys: ['ed25519'], config: { Subsystem: subsystem } });
    connection = createConnection({
      host: server.host,
      port: server.port,
      username: 'root',
      privateKey: server.identity,
      knownHosts: server.knownHosts,
      agent: false,
      sshConfig: false,
      keepAlive: false,
    });
    return connection;
  }

  it('and loses one answer to a write ends an upload when nothing has moved for a while; the old file is whole', async () => {
    const remote = await through('swallow', '101', '5');
    await writeFile(join(mine, 'a'), Buffer.alloc(8_000_000, 'new'));
    await mkdir(join(there, 'd'));
    await writeFile(join(there, 'd/a'), 'old');
    const error = await failure(remote.upload(join(mine, 'a'), join(there, 'd/a'), { stallTimeout: 500 }));
    expect(error).toMatchObject({ name: 'TimeoutError', phase: 'transfer' });
    expect(await readFile(join(there, 'd/a'), 'utf8')).toBe('old');
  });

  it('and loses one answer to a read ends a download when nothing has moved for a while; the old file is whole', async () => {
    const remote = await through('swallow', '103', '3');
    await writeFile(join(there, 'a'), Buffer.alloc(8_000_000, 'new'));
    await writeFile(join(mine, 'a'), 'old');
    const error = await failure(remote.download(join(there, 'a'), join(mine, 'a'), { stallTimeout: 500 }));
    expect(error).toMatchObject({ name: 'TimeoutError', phase: 'transfer' });
    expect(await readFile(join(mine, 'a'), 'utf8')).toBe('old');
    expect(await readdir(mine)).toEqual(['a']);
  });

  it('and loses one answer to a question leaves that one to a signal, and answers the others', async () => {
    const remote = await through('swallow', '105', '2');
    await remote.fs.stat(there);
    const controller = new AbortController();
    const lost = failure(remote.fs.stat(there, { signal: controller.signal }));
    expect((await remote.fs.stat(there)).isDirectory()).toBe(true);
    controller.abort();
    expect(await lost).toMatchObject({ name: 'AbortError' });
    expect((await remote.fs.stat(there)).isDirectory()).toBe(true);
  });

  it.each([
    ['into the directory above', '..%evil', '../evil'],
    ['to an absolute path', '%tmp%evil', '/tmp/evil'],
    ['below another name', 'a%evil', 'a/evil'],
    ['to the directory itself', '%', '.'],
    ['to the one above it', '%%', '..'],
  ])('and sends a name that leads %s puts nothing there', async (_, real, shown) => {
    const remote = await through('rename', real, shown);
    await mkdir(join(there, 't'));
    await writeFile(join(there, 't', real), 'evil');
    await writeFile(join(there, 't/good'), 'good');
    await mkdir(join(mine, 'd'));
    const outcome = await remote.download(join(there, 't'), join(mine, 'd/t')).catch((error: unknown) => error);
    expect(await readdir(mine)).toEqual(['d']);
    expect((await readdir(join(mine, 'd'))).filter((name) => name !== 't')).toEqual([]);
    const taken = await readdir(join(mine, 'd/t'), { recursive: true }).catch(() => []);
    expect(taken.filter((name) => name !== 'good')).toEqual([]);
    // `.` and `..` stand in every listing, and are passed over; any other such name is reported.
    if (shown.includes('/')) {
      const failed = outcome instanceof Error ? [outcome] : Object(outcome).failed;
      expect(failed).toHaveLength(1);
    }
  });

  it('and has links that lead out of its tree gives the links to nobody, and says so', async () => {
    const remote = await through();
    await mkdir(join(there, 't/d'), { recursive: true });
    await symlink('/etc/passwd', join(there, 't/absolute'));
    await symlink('../../..', join(there, 't/d/above'));
    await symlink('d', join(there, 't/inside'));
    await writeFile(join(there, 't/good'), 'good');
    const { failed } = await remote.download(join(there, 't'), join(mine, 't'));
    expect(failed.map(({ code }) => code)).toEqual(['EPERM', 'EPERM']);
    expect((await readdir(join(mine, 't'), { recursive: true })).sort()).toEqual(['d', 'good', 'inside']);
  });

  it('and refuses to list a name with a slash in it to readdir', async () => {
    const remote = await through('rename', '..%evil', '../evil');
    await mkdir(join(there, 't'));
    await writeFile(join(there, 't/..%evil'), 'evil');
    const error = await failure(remote.fs.readdir(join(there, 't')));
    expect(error.message).toContain('a name with "/" in it');
  });
});
