import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LocalConnection } from '../../../src/connection/local-connection.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { ConnectionPool } from '../../../src/pool/connection-pool.js';
import { ScriptedConnection, settle } from '../connection/scripted-connection.js';
import { Machine } from './workers.js';

function localPool(size = 2): ConnectionPool<LocalConnection> {
  return new ConnectionPool(() => new LocalConnection({ target: { host: 'here', protocol: 'local' } }), { size });
}

describe('a pool looks like one connection', () => {
  it('runs commands, processes and shells on free workers', async () => {
    await using pool = localPool();
    await expect(pool.execute('printf hello')).resolves.toMatchObject({ key: 'here', stdout: 'hello' });
    await expect(pool.spawn('printf spawned').wait()).resolves.toMatchObject({ stdout: 'spawned' });
    const shell = await pool.shell({ pty: false });
    expect(pool.stats.leased).toBe(1);
    await shell.write('echo from the shell; exit\n');
    await expect(shell.expect('from the shell')).resolves.toMatchObject({ before: '' });
    await shell.ended;
    await settle();
    expect(pool.stats.leased).toBe(0);
  });

  it('keeps a worker for a process until it has ended', async () => {
    await using pool = localPool(1);
    const child = pool.spawn('cat');
    const next = pool.execute('printf next');
    child.stdin.end('text');
    await expect(child.wait()).resolves.toMatchObject({ stdout: 'text' });
    await expect(next).resolves.toMatchObject({ stdout: 'next' });
  });

  it('has files, paths, the system and transfers', async () => {
    const top = await mkdtemp(join(tmpdir(), 'hawser-pool-'));
    try {
      await using pool = localPool(2);
      await pool.fs.writeFile(join(top, 'a'), 'text');
      await expect(pool.fs.readFile(join(top, 'a'), 'utf8')).resolves.toBe('text');
      await expect(pool.Path(top, 'a').readText()).resolves.toBe('text');
      await expect(pool.os.hostname()).resolves.toBe(hostname());
      expect(pool.path.join('x', 'y')).toBe(join('x', 'y'));
      await pool.upload(join(top, 'a'), join(top, 'b'));
      await pool.download(join(top, 'b'), join(top, 'c'));
      expect((await pool.fs.readdir(top)).sort()).toEqual(['a', 'b', 'c']);
      await expect(pool.fs.readFile(join(top, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
      expect(pool.stats).toMatchObject({ leased: 0, replaced: 0 });
    } finally {
      await rm(top, { recursive: true });
    }
  });

  it('keeps a worker for an open file until it is closed, and for a tail only while it reads', async () => {
    const top = await mkdtemp(join(tmpdir(), 'hawser-pool-'));
    try {
      await using pool = localPool(3);
      const handle = await pool.fs.open(join(top, 'log'), 'w');
      expect(pool.stats.leased).toBe(1);
      const tail = await pool.tail(join(top, 'log'), { from: 'start' });
      await handle.write('one line\n');
      await handle.close();
      for await (const line of tail) {
        expect(line).toBe('one line');
        break;
      }
      await tail.close();
      while (pool.stats.leased > 0) await settle();
      expect(pool.stats).toMatchObject({ waiting: 0, replaced: 0 });
    } finally {
      await rm(top, { recursive: true });
    }
  });

  it('keeps a worker for a stream until that is closed', async () => {
    const echo = (stream: NodeJS.ReadWriteStream): unknown => stream.pipe(stream);
    await using pool = new ConnectionPool(
      () => new ScriptedConnection({ dial: (_to, stream) => echo(stream), subsystems: { echo } }),
      { size: 2 },
    );
    const streams = await Promise.all([pool.dial({ host: 'x', port: 1 }), pool.subsystem('echo')]);
    expect(pool.stats.leased).toBe(2);
    for (const stream of streams) {
      stream.destroy();
      await once(stream, 'close');
    }
    while (pool.stats.leased > 0) await settle();
    expect(pool.stats).toMatchObject({ idle: 2, replaced: 0 });
  });

  it('has the services that the class of its workers adds', async () => {
    const machine = new Machine();
    await using pool = ConnectionPool.of(machine.factory, { size: 2 });
    await expect(pool.configure(['a', 'b'])).resolves.toBe('0: a,b');
    await expect(Promise.all([pool.configure(['c']), pool.configure(['d'])])).resolves.toEqual(['0: c', '1: d']);
    const lease = await pool.acquire();
    await using _other = await pool.acquire();
    const controller = new AbortController();
    const waiting = pool.configure(['e'], { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORT_ERR' });
    lease.release();
  });

  it('can be recorded without secrets, and cloned with them', async () => {
    const target = { host: 'web1', password: 'geheim', key: 'one' };
    const pool = new ConnectionPool(() => new LocalConnection({ target, via: 'mgmt', alias: 'pool' }), { size: 3 });
    expect(pool).toMatchObject({ key: 'one', host: 'web1', via: 'mgmt', alias: 'pool', id: 'local' });
    expect(JSON.stringify(pool)).not.toContain('geheim');
    expect(pool.toJSON()).toMatchObject({ kind: 'local', host: 'web1', missing: ['password'] });
    const clone = pool.clone();
    expect([clone === pool, clone.stats.size, clone.target.password, clone.state]).toEqual([
      false,
      3,
      'geheim',
      'idle',
    ]);
  });

  it('stands in a fleet as one connection', async () => {
    const machine = new Machine();
    const pool = machine.pool({ size: 2 });
    await using fleet = MultiConnection.fromConnections([pool], { own: true });
    const results = await fleet.execute('hello');
    expect([results.ok, results.get('web1')?.stdout, machine.log]).toEqual([true, 'hello', ['hello']]);
    await Promise.all([fleet.execute('a'), fleet.execute('b'), fleet.execute('c')]);
    expect(machine.log).toEqual(['hello', 'a', 'b', 'c']);
    await fleet.close();
    expect(pool.state).toBe('closed');
  });
});
