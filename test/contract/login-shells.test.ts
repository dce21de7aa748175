import { access, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connection/connection.js';
import { createConnection } from '../../src/connection/create-connection.js';
import { describeReal, remoteProcesses, type Sshd, startSshd, waitUntil } from '../rigs/rigs.js';
import { failure, gone, marker, running } from './places.js';

/** A server whose login shell is another one, as an account's would be: sshd runs `shell -c command`. */
function withLogin(login: string | (() => string), user?: 'root'): () => Connection {
  let server: Sshd | undefined;
  let connection: Connection | undefined;
  beforeAll(async () => {
    server = await startSshd({
      keys: ['ed25519'],
      config: { ForceCommand: typeof login === 'string' ? login : login() },
    });
    const { host, port, identity: privateKey, knownHosts } = server;
    connection = createConnection({
      ...{ host, port, username: user ?? server.user, privateKey, knownHosts },
      ...{ agent: false, sshConfig: false, keepAlive: false },
    });
    await connection.connect();
  });
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });
  return () => {
    if (connection === undefined) throw new Error('There is a connection inside of tests alone.');
    return connection;
  };
}

const shells = ['/bin/dash', '/bin/bash', '/usr/bin/zsh', '/usr/bin/tcsh', '/usr/bin/fish'];
const installed = await Promise.all(
  shells.map((shell) =>
    access(shell).then(
      () => true,
      () => false,
    ),
  ),
);

describeReal(['sshd'], 'a login shell', () => {
  for (const [i, shell] of shells.entries()) {
    if (installed[i] !== true) console.warn(`SKIPPED login shell ${shell}: it is not installed`);
    describe.skipIf(installed[i] !== true)(shell, () => {
      const open = withLogin(`export SHELL=${shell}; exec ${shell} -c "$SSH_ORIGINAL_COMMAND"`);

      it('takes the wrapper, whatever is in the command, the variables and the directory', async () => {
        const value = "it's \\\\ back\\slash !x\n$HOME `id`\n";
        const o = { env: { VALUE: value }, cwd: '~', timeout: 60_000 };
        const print = `exec sh -c 'printf %s "$VALUE"'`;
        expect((await open().execute(print, o)).stdout).toBe(value);
        expect((await open().execute('echo one; echo two', o)).stdout).toBe('one\ntwo\n');
        expect((await open().execute(`echo ${'x'.repeat(20_000)}`)).stdout.length).toBe(20_001);
      });

      it('runs the command itself', async () => {
        const probe = 'ps -o comm= -p $$';
        const name = shell.slice(shell.lastIndexOf('/') + 1);
        const command = name === 'fish' ? 'ps -o comm= -p $fish_pid; true' : `${probe}; true`;
        expect((await open().execute(command, { timeout: 60_000 })).stdout.trim()).toBe(name);
      });

      it('can be ended with its children', async () => {
        const mark = marker();
        const controller = new AbortController();
        const hung = failure(
          open().execute(`sh -c 'sleep 1000; : ${mark}'; echo never`, { signal: controller.signal }),
        );
        await running(mark);
        controller.abort();
        expect(await hung).toMatchObject({ result: { killed: 'confirmed', stdout: '' } });
        await gone(mark);
      });
    });
  }

  describe('with a start-up file that talks', () => {
    let directory = '';
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'hawser-noise-'));
      await chmod(directory, 0o755);
      await writeFile(join(directory, 'noise'), 'echo welcome; echo motd >&2; printf %s 123:abc >&2\n');
    });
    afterAll(() => rm(directory, { recursive: true }));
    const open = withLogin(() => `export SHELL=/bin/bash; . ${directory}/noise; exec bash -c "$SSH_ORIGINAL_COMMAND"`);

    it('is heard before the command, which runs all the same', async () => {
      for (const o of [{}, { timeout: 60_000 }, { env: { A: 'b' } }]) {
        const { stdout, stderr } = await open().execute('echo out; echo err >&2', o);
        expect({ stdout, stderr }).toEqual({ stdout: 'welcome\nout\n', stderr: 'motd\n123:abcerr\n' });
      }
    });
  });

  describe('with a start-up file that goes elsewhere, each time that a shell reads it, and prints what it runs', () => {
    let directory = '';
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'hawser-elsewhere-'));
      await chmod(directory, 0o755);
      await writeFile(join(directory, 'startup'), 'cd () { echo moved; }\ncommand cd /tmp\nset -x\n');
    });
    afterAll(() => rm(directory, { recursive: true }));
    const open = withLogin(
      () => `export SHELL=/bin/bash BASH_ENV=${directory}/startup; exec bash -c "$SSH_ORIGINAL_COMMAND"`,
    );

    it('has commands run where they are to', async () => {
      for (const o of [{}, { timeout: 60_000 }, { env: { A: 'b' } }]) {
        const { stdout, ok } = await open().execute('pwd', { ...o, cwd: directory });
        expect({ stdout, ok }).toEqual({ stdout: `${directory}\n`, ok: true });
      }
      await expect(open().execute('pwd', { cwd: `${directory}/none` })).rejects.toMatchObject({ reason: 'cwd' });
    });
  });

  describe('with a start-up file that is slow', () => {
    // As root: OpenSSH passes no signal on, so that nothing ends the login shell before it gets to the command.
    const delay = 'case $SSH_ORIGINAL_COMMAND in *late*) sleep 6 ;; *) sleep 12 ;; esac';
    const open = withLogin(`${delay}; exec sh -c "$SSH_ORIGINAL_COMMAND"`, 'root');
    const o = { timeout: 100, killGrace: 0 };

    it('runs no command that was given up before it could begin, and ends one that begins while it is', async () => {
      const [late, never] = [marker(), marker()];
      const file = join(tmpdir(), never);
      const errors = await Promise.all([
        failure(open().execute(`: late; sh -c 'sleep 1000; : ${late}'; true`, o)),
        failure(open().execute(`touch ${file}; sleep 1000`, o)),
      ]);
      for (const error of errors) expect(error).toMatchObject({ phase: 'execute', result: { outcome: 'timeout' } });
      for (const mark of [late, never]) {
        await waitUntil(
          'the login shell to have ended',
          async () => (await remoteProcesses(mark)).length === 0,
          20_000,
        );
      }
      await expect(access(file)).rejects.toThrow('ENOENT');
    });
  });
});
