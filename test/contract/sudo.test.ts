import { execFile } from 'node:child_process';
import { inspect, promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../src/connection/connection.js';
import { createConnection } from '../../src/connection/create-connection.js';
import { startDebugLog } from '../../src/core/debug-log.js';
import { ChannelError } from '../../src/core/errors.js';
import {
  describeReal,
  makeSudoAccounts,
  remoteProcesses,
  type Sshd,
  type SudoAccounts,
  startSshd,
} from '../rigs/rigs.js';
import { failure, gone, marker, running } from './places.js';

const run = promisify(execFile);

describeReal(['sshd', 'sudo'], 'sudo', () => {
  let server: Sshd;
  let accounts: SudoAccounts;
  let asking: Connection;
  let free: Connection;
  let password: string;
  const open = (username: string): Connection => {
    const { host, port, identity: privateKey, knownHosts } = server;
    return createConnection({
      ...{ host, port, username, privateKey, knownHosts },
      ...{ agent: false, sshConfig: false, keepAlive: false },
    });
  };
  beforeAll(async () => {
    accounts = await makeSudoAccounts();
    server = await startSshd({ keys: ['ed25519'] });
    ({ password } = accounts);
    asking = await open(accounts.asking).connect();
    free = await open(accounts.free).connect();
  });
  afterAll(async () => {
    await asking?.close();
    await free?.close();
    await server?.stop();
  });

  it('runs a command as root, with the password or without one', async () => {
    for (const secret of [password, () => password, async () => password]) {
      const result = await asking.execute('id -un; echo err >&2', { sudo: { password: secret } });
      expect(result).toMatchObject({ stdout: 'root\n', stderr: 'err\n', status: 0 });
    }
    expect((await free.execute('id -un', { sudo: true })).stdout).toBe('root\n');
    expect((await free.execute('exit 3', { sudo: { password } })).status).toBe(3);
  });

  it('runs it as another user', async () => {
    expect((await asking.execute('id -un', { sudo: { user: 'hawser-test1', password } })).stdout).toBe(
      'hawser-test1\n',
    );
  });

  it('gives the command its input, and never the password', async () => {
    for (const connection of [asking, free]) {
      const o = { sudo: { password }, input: 'given\n' };
      expect((await connection.execute('cat; echo end', o)).stdout).toBe('given\nend\n');
      expect((await connection.execute('cat; echo end', { sudo: { password } })).stdout).toBe('end\n');
    }
    const input = Buffer.alloc(2_000_000, 'x');
    expect((await asking.execute('wc -c', { sudo: { password }, input })).stdout.trim()).toBe('2000000');
  });

  it('keeps variables, the directory and quoting', async () => {
    const value = `it's "quoted" $x\nü\\`;
    for (const connection of [asking, free]) {
      const o = { sudo: { password }, env: { VALUE: value }, cwd: '/usr/bin' };
      const { stdout } = await connection.execute('pwd; printf %s "$VALUE"', o);
      expect(stdout).toBe(`/usr/bin\n${value}`);
      expect(await failure(connection.execute('true', { ...o, cwd: '/nonexistent' }))).toMatchObject({ reason: 'cwd' });
    }
    const long = 'x'.repeat(20_000);
    expect((await asking.execute(`echo ${long}`, { sudo: { password } })).stdout).toBe(`${long}\n`);
  });

  it('works on a terminal, where the password does not show', async () => {
    for (const connection of [asking, free]) {
      const o = { sudo: { password }, env: { VALUE: 'v' }, pty: true, input: 'typed\n' };
      const { stdout, status } = await connection.execute('stty -echo; id -un; echo $VALUE; cat', o);
      expect(status).toBe(0);
      expect(stdout).toContain('root\r\nv\r\n');
      expect(stdout).toContain('typed\r\n');
      expect(stdout).not.toContain(password);
    }
  });

  it('that does not run the command says why, and what to do', async () => {
    const wrong = await failure(asking.execute('id', { sudo: { password: 'not-the-password' } }));
    expect(wrong).toBeInstanceOf(ChannelError);
    expect(wrong).toMatchObject({ reason: 'sudo' });
    expect(wrong.message).toContain('did not accept the password');
    const none = await failure(asking.execute('id', { sudo: true }));
    expect(none).toMatchObject({ reason: 'sudo' });
    expect(none.message).toMatch(/password is required.*sudo: \{ password \}/);
    const nobody = await failure(free.execute('id', { sudo: { user: 'no-such-user' } }));
    expect(nobody).toMatchObject({ reason: 'sudo' });
    expect(nobody.message).toContain('no-such-user');
    const failing = (): never => {
      throw new Error('the vault is closed');
    };
    const vault = await failure(asking.execute('id', { sudo: { password: failing } }));
    expect(vault).toMatchObject({ reason: 'sudo' });
    expect(vault.message).toContain('the vault is closed');
    expect((await asking.execute('echo next')).stdout).toBe('next\n');
  });

  it('ends the processes of root when time is up', async () => {
    for (const connection of [asking, free]) {
      const mark = marker();
      const controller = new AbortController();
      const command = `(sh -c 'trap "" TERM; while :; do sleep 0.1; done; : ${mark}' &); sh -c 'sleep 1000; : ${mark}'`;
      const o = { sudo: { password }, signal: controller.signal, killGrace: 300 };
      const hung = failure(connection.execute(command, o));
      await running(mark);
      controller.abort();
      expect(await hung).toMatchObject({ result: { killed: 'confirmed' } });
      await gone(mark);
    }
  });

  it('is aborted while it waits for the password', async () => {
    const controller = new AbortController();
    const never = (): Promise<string> => {
      controller.abort();
      return new Promise(() => {});
    };
    const error = await failure(asking.execute('id', { sudo: { password: never }, signal: controller.signal }));
    expect(error).toMatchObject({ name: 'AbortError' });
  });

  it('shows the password in no process list, log, event, result or error', async () => {
    const said: string[] = [];
    const stop = startDebugLog((line) => said.push(line));
    const mark = marker();
    const sudo = { password };
    const controller = new AbortController();
    const hung = failure(asking.execute(`sh -c 'sleep 1000; : ${mark}'`, { sudo, signal: controller.signal }));
    const lists: string[] = [];
    for (let i = 0; i < 10 || (await remoteProcesses(mark)).length < 2; i += 1) {
      lists.push((await run('ps', ['-efww'], { maxBuffer: 1e8 })).stdout);
    }
    controller.abort();
    const things = [
      await hung,
      await failure(asking.execute('exit 1', { sudo, check: true })),
      await asking.execute('true', { sudo }),
      asking.spawn('true', { sudo }),
      asking,
      await failure(asking.execute('id', { sudo: { password: `${password}x` } })),
    ];
    stop();
    for (const thing of things) {
      expect(inspect(thing, { depth: 20, showHidden: false })).not.toContain(password);
      expect(JSON.stringify(thing) ?? '').not.toContain(password);
      expect(String(thing)).not.toContain(password);
    }
    expect(said.length).toBeGreaterThan(0);
    expect(said.join('')).not.toContain(password);
    expect(lists.join('')).toContain(mark);
    expect(lists.join('')).not.toContain(password);
    expect(await server.log()).not.toContain(password);
  });
});
