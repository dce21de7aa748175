// Several connections to one device that are used as one: each call goes to a free one, first come, first served.
import assert from 'node:assert/strict';
import {
  CliConnection,
  type CliConnectionOptions,
  type ConnectionPool,
  type PooledConnection,
  PoolTimeoutError,
  Testbed,
} from 'hawser';
import { testbedFile } from './lab.js';

await using testbed = await Testbed.load(testbedFile);

/** A class of your own. */
class NotedConnection extends CliConnection {
  readonly note: string;

  constructor({ note = '', ...options }: CliConnectionOptions & { note?: string }) {
    super(options);
    this.note = note;
  }
}

// A pool is a connection that was asked for with a number: by any path, of any class, made first or opened at once.
{
  await using router = testbed.device<{
    default: PooledConnection<CliConnection>;
    mgmt: PooledConnection<CliConnection>;
    noted: PooledConnection<NotedConnection>;
    pool: PooledConnection<NotedConnection>;
  }>('router');

  // Three workers of the class and the path that the testbed names; then by another path.
  await router.connect({ poolSize: 3 });
  await router.connect({ poolSize: 3, via: 'mgmt', alias: 'mgmt' });
  assert.deepEqual([router.connection().stats.size, router.mgmt.stats.size], [3, 3]);

  // Of another class; what the class takes is given to every worker.
  await router.connect({ poolSize: 2, cls: NotedConnection, alias: 'noted', note: 'one of two' });
  assert.ok(router.noted.workers.every(({ note }) => note === 'one of two'));

  // Made first, and opened when all is ready.
  const pool = router.instantiate({ poolSize: 2, cls: NotedConnection, via: 'mgmt', alias: 'pool' });
  pool.on('state', (state) => console.log('the pool is', state));
  assert.equal(pool.state, 'idle');
  await pool.connect();

  // It is used like any other connection, by the alias that it was given: its calls go to the first free worker.
  console.log((await router.pool.execute('show version')).stdout.split('\n')[0]);
  await router.pool.configure(['interface eth0', 'description by one of a pool']);
  await router.disconnect({ alias: 'pool' });
  assert.equal(router.isConnected({ alias: 'pool' }), false);
}

// Many commands at once: each gets its own answer, and none waits for a worker that is not busy.
{
  await using router = testbed.device<{ pool: ConnectionPool }>('router');
  await router.connect({ alias: 'pool', via: 'mgmt', poolSize: 5 });

  const commands = ['show version', 'show running-config', 'show interface', 'show ip route', 'show ipv6 route'];
  const results = await Promise.all(commands.map((command) => router.pool.execute(command)));
  for (const { command, stdout } of results) console.log(`${command}: ${stdout.length} characters`);
  assert.deepEqual(
    results.map(({ command }) => command),
    commands,
  );

  // Several calls on one worker, which nobody else has meanwhile.
  const names = await router.pool.use(async (worker) => {
    await worker.execute('terminal length 0');
    return (await worker.execute('show running-config')).stdout.match(/^hostname \S+/gm);
  });
  console.log(names);
}

// Whoever finds all workers busy waits in line, for as long as the pool or the call allows.
{
  await using router = testbed.device<{ pool: ConnectionPool }>('router');
  await router.connect({ alias: 'pool', poolSize: 1, poolTimeout: 200 });
  {
    await using lease = await router.pool.acquire();
    assert.ok(lease.connection.connected);
    await assert.rejects(router.pool.execute('show version'), PoolTimeoutError);
    const waiting = router.pool.acquire({ timeout: 10_000 });
    assert.equal(router.pool.stats.waiting, 1);
    lease.release();
    (await waiting).release();
  }
  console.log(router.pool.stats);
}
