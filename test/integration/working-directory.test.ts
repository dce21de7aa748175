import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { SshConnection } from '../../src/connection/ssh-connection.js';
import type { Target } from '../../src/inventory/target.js';
import { ConnectionPool } from '../../src/pool/connection-pool.js';
import { describeReal, type Sshd, startSshd, waitUntil } from '../rigs/rigs.js';
import { targetOf } from './ssh/target.js';

describeReal(['sshd'], 'what a directory to work in costs, by the log of OpenSSH', () => {
  let here: string;
  let log: string;
  let server: Sshd;
  let home: string;
  const open: { close(): Promise<void> }[] = [];
  beforeAll(async () => {
    here = await mkdtemp(join(tmpdir(), 'hawser-working-'));
    log = join(here, 'requests');
    await writeFile(log, '');
    await Promise.all([chmod(here, 0o755), chmod(log, 0o666)]);
    const Subsystem = `sftp /usr/lib/openssh/sftp-server -e -l DEBUG3 2>>${log}`;
    // The one session is given from one kind of work to the next: whoever needs none starts none.
    server = await startSshd({ keys: ['ed25519'], config: { Subsystem, MaxSessions: '1' } });
    home = await mkdtemp('/tmp/hawser-working-');
    await chmod(home, 0o777);
  });
  beforeEach(async () => {
    await cost();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });
  afterAll(async () => {
    await server?.stop();
    await Promise.all([here, home].map((directory) => rm(directory, { recursive: true, force: true })));
  });

  const connect = (o: Partial<Target> = {}): SshConnection => {
    const connection = new SshConnection({ target: targetOf(server, o) });
    open.push(connection);
    return connection;
  };
  let seen = { requests: 0, sessions: 0 };
  /** The requests that the SFTP server got since the last look, and the sessions that sshd started. */
  const cost = async (): Promise<string> => {
    const requests = [...(await readFile(log, 'utf8')).matchAll(/request \d+: (?!sent)(\w+)/g)].map(([, name]) => name);
    const sessions = [...(await server.log()).matchAll(/Starting session: (\w+)/g)].map(([, kind]) => kind);
    const since = [...sessions.slice(seen.sessions), ...requests.slice(seen.requests)].join(' ');
    seen = { requests: requests.length, sessions: sessions.length };
    return since;
  };

  it('is one round trip for one that is there, or lacks its last name alone, and two for what lacks more', async () => {
    const connection = connect();
    await connection.directory('/tmp');
    expect(await cost()).toBe('subsystem limits mkdir stat');
    await connection.directory(`${home}/new`);
    expect(await cost()).toBe('mkdir stat');
    await connection.directory(`${home}/deep/deeper`);
    expect(await cost()).toBe('mkdir stat mkdir mkdir mkdir mkdir stat');
    // Where relative paths begin is asked for besides, without waiting for it, and once.
    await connection.directory('.');
    expect(await cost()).toBe('mkdir stat realpath stat');
    await connection.directory('./..');
    expect(await cost()).toBe('mkdir stat');
  });

  it('is paid by the first of a hundred who ask at once, and by none who ask later', async () => {
    for (const threadSafe of [false, true]) {
      const connection = connect({ threadSafe });
      const path = `${home}/shared-${threadSafe}`;
      await Promise.all(Array.from({ length: 100 }, () => connection.directory(path)));
      expect(await cost()).toBe('subsystem limits mkdir stat');
      for (let task = 0; task < 10; task += 1) {
        const run = await connection.directory(path);
        await run.execute(`echo ${task}`, { check: true });
      }
      // Ten commands, and nothing to prepare them.
      expect(await cost()).toBe(Array.from({ length: 10 }, () => 'command').join(' '));
    }
  });

  it('keeps nobody waiting for a lock that he holds himself', async () => {
    const connection = connect({ threadSafe: true });
    const path = `${home}/held`;
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const outside = begun.then(() => connection.directory(path));
    const inside = await connection.lock.runExclusive(async () => {
      begin();
      await waitUntil('the other to wait', async () => connection.lock.waiting > 0);
      return connection.directory(path);
    });
    expect(await outside).toBe(inside);
  });

  it('is nothing for work in it, nor for what is made in it again after it was removed', async () => {
    const connection = connect();
    const run = await connection.directory(`${home}/work`);
    await cost();
    await run.fs.writeFile('job.sh', '');
    const written = await cost();
    await connection.fs.writeFile(`${home}/job.sh`, '');
    expect(await cost()).toBe(written);
    await rm(`${home}/work`, { recursive: true });
    await run.execute('touch ran', { check: true });
    await (await connection.directory(`${home}/work`)).execute('ls ran', { check: true });
    expect(await cost()).toBe('command command');
  });

  it('is paid again over a new link, and where it turned out to be gone', async () => {
    const connection = connect();
    const run = await connection.directory(`${home}/again`);
    await server.restart();
    await cost();
    expect(await connection.directory(`${home}/again`)).toBe(run);
    expect(await cost()).toBe('subsystem limits mkdir stat');
    await rm(`${home}/again`, { recursive: true });
    await expect(run.fs.readdir('.')).rejects.toMatchObject({ code: 'ENOENT' });
    await cost();
    expect(await connection.directory(`${home}/again`)).toBe(run);
    expect(await cost()).toBe('mkdir stat');
  });

  it('is paid once by a pool, whichever worker the work goes to', async () => {
    const pool = new ConnectionPool(() => new SshConnection({ target: targetOf(server) }), { size: 2 });
    open.push(pool);
    const all = await Promise.all(Array.from({ length: 20 }, () => pool.directory(`${home}/pool`)));
    expect(new Set(all).size).toBe(1);
    expect(await cost()).toBe('subsystem limits mkdir stat');
    const results = await Promise.all(all.map((run) => run.execute('pwd')));
    expect(results.every(({ stdout }) => stdout === `${home}/pool\n`)).toBe(true);
  });
});
