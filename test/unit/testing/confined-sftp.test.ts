import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Client, SFTPWrapper } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestFleet, type TestFleet } from '../../../src/testing/test-fleet.js';
import type { TestHost } from '../../../src/testing/test-host.js';
import { connectTo, run } from './ssh-client.js';

const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;
const FAILURE = 4;

let fleet: TestFleet;
let host: TestHost;
let client: Client;
let sftp: SFTPWrapper;

beforeEach(async () => {
  fleet = await startTestFleet();
  host = fleet.host('host1');
  client = await connectTo(host);
  sftp = await openSftp(client);
});

afterEach(async () => {
  client.end();
  await fleet.close();
});

function openSftp(from: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => from.sftp((error, opened) => (error ? reject(error) : resolve(opened))));
}

/** The value of a call with a callback. */
function call<T>(start: (done: (error: Error | undefined | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => start((error, value) => (error ? reject(error) : resolve(value))));
}

const read = (path: string): Promise<Buffer> => call((done) => sftp.readFile(path, done));
const write = (path: string, data: string | Buffer): Promise<void> =>
  call<void>((done) => sftp.writeFile(path, data, (error) => done(error)));

describe('SFTP on a test host', () => {
  it('shows the private home as its root', async () => {
    await run(client, 'echo made by a command > file');
    expect((await read('/file')).toString()).toBe('made by a command\n');
    expect((await read('file')).toString()).toBe('made by a command\n');
    expect(await call<string>((done) => sftp.realpath('.', done))).toBe('/');
    expect(await call<string>((done) => sftp.realpath('../../etc/..', done))).toBe('/');
  });

  it('takes the paths that commands print', async () => {
    const { stdout } = await run(client, 'echo x > file; echo "$HOME/file"');
    expect((await read(stdout.trim())).toString()).toBe('x\n');
    expect(await call<string>((done) => sftp.realpath(stdout.trim(), done))).toBe('/file');
  });

  it('never leads out by `..`', async () => {
    await writeFile(join(dirname(host.directory), 'secret'), 'secret');
    await expect(read('../secret')).rejects.toMatchObject({ code: NO_SUCH_FILE });
    await expect(read(`${host.directory}/../secret`)).rejects.toMatchObject({ code: NO_SUCH_FILE });
    await write('../../../../made', 'here');
    expect(await readFile(join(host.directory, 'made'), 'utf8')).toBe('here');
  });

  it('refuses links that lead out, to read, to write, to list and on the way', async () => {
    const outside = join(dirname(host.directory), 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'secret'), 'secret');
    await symlink(outside, join(host.directory, 'absolute'));
    await symlink('../outside/secret', join(host.directory, 'relative'));
    await symlink('../outside/new', join(host.directory, 'dangling'));
    for (const refused of [
      read('absolute/secret'),
      read('relative'),
      write('relative', 'changed'),
      write('absolute/new', 'made'),
      call((done) => sftp.readdir('absolute', done)),
      call((done) => sftp.stat('relative', done)),
      call((done) => sftp.mkdir('absolute/directory', (error) => done(error, undefined))),
      call((done) => sftp.rename('absolute/secret', 'mine', (error) => done(error, undefined))),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: PERMISSION_DENIED });
    }
    await expect(write('dangling', 'made')).rejects.toMatchObject({ code: NO_SUCH_FILE });
    expect(existsSync(join(outside, 'new'))).toBe(false);
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(await call((done) => sftp.lstat('relative', done))).toMatchObject({ size: '../outside/secret'.length });
    await call((done) => sftp.unlink('relative', (error) => done(error, undefined)));
  });

  it('follows links that stay in, absolute ones too', async () => {
    await call((done) => sftp.mkdir('/directory', (error) => done(error, undefined)));
    await write('/directory/file', 'found');
    await call((done) => sftp.symlink('/directory/file', '/link', (error) => done(error, undefined)));
    expect((await read('link')).toString()).toBe('found');
    expect(await call<string>((done) => sftp.readlink('link', done))).toBe('/directory/file');
    expect((await run(client, 'cat link')).stdout).toBe('found');
  });

  it('keeps attributes and renames without replacing', async () => {
    await write('a', 'a');
    await write('b', 'b');
    await call((done) => sftp.chmod('a', 0o640, (error) => done(error, undefined)));
    await call((done) => sftp.utimes('a', 1000, 2000, (error) => done(error, undefined)));
    expect(await stat(join(host.directory, 'a'))).toMatchObject({
      mode: 0o100640,
      atimeMs: 1_000_000,
      mtimeMs: 2_000_000,
    });
    const rename = (to: string): Promise<unknown> =>
      call((done) => sftp.rename('a', to, (error) => done(error, undefined)));
    await expect(rename('b')).rejects.toMatchObject({ code: FAILURE });
    await rename('c');
    await call((done) => sftp.ext_openssh_rename('c', 'b', (error) => done(error, undefined)));
    expect((await read('b')).toString()).toBe('a');
  });

  it('carries files of every size whole, in short reads too', async () => {
    host.faults.sftpReadLimit = 1000;
    const data = Buffer.from(Array.from({ length: 300_001 }, (_, i) => i % 251));
    await write('data', data);
    expect((await read('data')).equals(data)).toBe(true);
    await write('empty', '');
    expect((await read('empty')).length).toBe(0);
  });

  it('lists directories of more names than one answer holds', async () => {
    await run(client, 'mkdir many; cd many; i=0; while [ $i -lt 250 ]; do : > f$i; i=$((i+1)); done');
    const names = await call<{ filename: string }[]>((done) => sftp.readdir('many', done));
    expect(names.length).toBe(250);
  });

  it('reads paths as commands do where it is told to, and refuses all outside', async () => {
    await using real = await startTestFleet({ sftpPaths: 'real' });
    const inside = real.host('host1');
    const other = await connectTo(inside);
    sftp = await openSftp(other);
    expect(await call<string>((done) => sftp.realpath('.', done))).toBe(inside.directory);
    await write('file', 'x');
    expect((await read(`${inside.directory}/file`)).toString()).toBe('x');
    await expect(read('/etc/hostname')).rejects.toMatchObject({ code: PERMISSION_DENIED });
    await expect(read('../../known_hosts')).rejects.toMatchObject({ code: PERMISSION_DENIED });
    other.end();
  });
});

const sftpPresent = existsSync('/usr/bin/sftp');
if (!sftpPresent) console.warn('SKIPPED: there is no sftp program, so OpenSSH was not tried as a client of SFTP.');

describe.skipIf(!sftpPresent)('the system sftp', () => {
  it('puts, lists, gets, renames and removes, with names that are not UTF-8', async () => {
    const local = join(dirname(host.directory), 'local');
    await writeFile(local, 'x'.repeat(1_000_000));
    await run(client, 'printf named > "$(printf \'caf\\351\')"');
    const batch = join(dirname(host.directory), 'batch');
    const lines = [
      `put -p ${local} copy`,
      'cd /..',
      'pwd',
      'ls -la',
      'rename copy renamed',
      `get renamed ${local}.back`,
      `get caf? ${local}.named`,
      'ln -s renamed link',
      'df',
      'rm renamed',
    ];
    await writeFile(batch, `${lines.join('\n')}\n`);
    const { stdout } = await promisify(execFile)('sftp', ['-F', fleet.sshConfig, '-b', batch, 'host1']);
    expect(stdout).toContain('Remote working directory: /\n');
    expect(stdout).toMatch(/^-rw-r--r-- .* copy$/m);
    expect((await readFile(`${local}.back`)).length).toBe(1_000_000);
    expect(await readFile(`${local}.named`, 'utf8')).toBe('named');
    expect((await run(client, 'ls')).stdout).toBe('caf\xe9\nlink\n');
  });
});
