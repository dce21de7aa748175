// A device and the connections to it: by several paths, under several names, of several classes.
import assert from 'node:assert/strict';
import { AliasError, CliConnection, type CliConnectionOptions, Device, Testbed } from 'hawser';
import { testbedFile } from './lab.js';

await using testbed = await Testbed.load(testbedFile);

/** A class of your own: one of hawser's, which takes two arguments more. */
class NotedConnection extends CliConnection {
  note: string;
  readonly width: number;

  constructor({ note = '', width = 80, ...options }: CliConnectionOptions & { note?: string; width?: number }) {
    super(options);
    this.note = note;
    this.width = width;
  }
}

// Behind the scenes: every device has a connection manager, which holds its connections by their aliases.
{
  const router = testbed.device<{ default: CliConnection }>('router');
  await router.connect();

  const manager = router.connectionManager;
  assert.equal(manager.device, router); // each belongs to one device, which it holds weakly
  assert.deepEqual(Object.keys(manager.connections), ['default']);
  console.log(router, manager.connections['default']?.id);
  await router.destroyAll();
}

// What is called on the device is done by its manager, and the services of the default connection are its own.
{
  const router = testbed.device<{ default: CliConnection }>('router');
  await router.connect(); // the same as router.connectionManager.connect()
  assert.equal(router.connection(), router.connectionManager.connections['default']);

  const version = await router.execute('show version');
  assert.equal((await router.connection().execute('show version')).stdout, version.stdout);
  console.log(version.stdout.split('\n')[0]);

  await router.configure(['interface eth0', 'description to the lab']);
  assert.match((await router.execute('show running-config', { mode: 'enable' })).stdout, /description to the lab/);
  await router.destroyAll();
}

// The `defaults` of a device's connections are what a call means that says nothing.
{
  const { connections, credentials } = testbed.device('router');
  const phoenix = new Device<{ default: NotedConnection; ironman: NotedConnection }>('phoenix', {
    os: 'frr',
    ...(credentials === undefined ? {} : { credentials }),
  });
  phoenix.connections = {
    defaults: { class: NotedConnection, alias: 'ironman', via: 'highway' },
    highway: { ...connections['console'] },
  };

  await phoenix.connect();
  assert.ok(phoenix.ironman instanceof NotedConnection);
  assert.equal(phoenix.ironman, phoenix.connectionManager.connections['ironman']); // by its alias, never by its path
  assert.equal(phoenix.ironman.via, 'highway');
  assert.equal((await phoenix.execute('show version')).key, 'phoenix');
  await phoenix.destroyAll();
}

// One connection: connect and instantiate, and what they take.
{
  const router = testbed.device<{ default: CliConnection; vty_1: CliConnection; session_1: NotedConnection }>('router');

  // The class that the testbed names, by the path that it names, under the name `default`.
  await router.connect();

  // Another path, and another name.
  await router.connect({ alias: 'vty_1', via: 'mgmt' });
  assert.equal(router.vty_1.via, 'mgmt');
  console.log(await router.vty_1.execute('show version').then(({ stdout }) => stdout.split('\n')[0]));

  // A name that is known means the connection that there is. `ifExists` says otherwise.
  const again = await router.connect({ alias: 'vty_1' });
  assert.equal(again, router.vty_1);
  await assert.rejects(router.connect({ alias: 'vty_1', ifExists: 'error' }), AliasError);

  // Another class, alone or with another path and name. `replace` takes the place of the one above.
  await router.connect({ cls: NotedConnection, ifExists: 'replace' });
  assert.ok(router.connection() instanceof NotedConnection);
  await router.connect({ cls: NotedConnection, alias: 'vty_1', via: 'mgmt', ifExists: 'replace' });
  await router.destroyAll();

  // Made first, and changed before it is opened. It is under its alias already.
  const connection = router.instantiate({ cls: NotedConnection });
  assert.equal(router.connection(), connection);
  assert.equal(connection.state, 'idle');
  connection.note = 'x';
  await connection.connect();
  assert.ok(router.isConnected());

  // A target's fields are the target's; every argument that nobody else knows goes to the constructor of the class.
  await router.connect({ cls: NotedConnection, alias: 'session_1', connectTimeout: 10_000, width: 512, note: 'wide' });
  const { width, note, target } = router.session_1;
  assert.deepEqual({ width, note, timeout: target.connectTimeout }, { width: 512, note: 'wide', timeout: 10_000 });
  await router.destroyAll();
}

// The end of a link is a change of state: the connection stays, and connects again.
{
  const router = testbed.device<{ default: CliConnection; vty_1: CliConnection }>('router');
  await Promise.all([router.connect(), router.connect({ alias: 'vty_1' })]);

  await router.disconnect(); // the default one
  await router.disconnect({ alias: 'vty_1' }); // as router.connectionManager.connections['vty_1']?.disconnect()
  assert.equal(router.vty_1.state, 'disconnected');

  const { vty_1 } = router;
  await router.connect({ alias: 'vty_1' });
  assert.equal(router.vty_1, vty_1);
  await router.destroyAll();
}

// A connection that is destroyed is forgotten.
{
  const router = testbed.device<{ default: CliConnection; vty_1: CliConnection }>('router');
  await Promise.all([router.connect(), router.connect({ alias: 'vty_1' })]);

  await router.destroy();
  await router.destroy({ alias: 'vty_1' });
  assert.deepEqual(Object.keys(router.connectionManager.connections), []);
  await assert.rejects(router.destroy(), AliasError); // there is none any more
}

// Whether a link stands. Of a connection that there is not, it does not.
{
  const router = testbed.device<{ default: CliConnection; vty_1: CliConnection }>('router');
  await router.connect();

  assert.equal(router.isConnected(), true); // as router.connectionManager.connections['default']?.connected
  assert.equal(router.isConnected({ alias: 'vty_1' }), false);
  await router.destroy();
}

// All links of a device ended at once.
{
  const router = testbed.device<{ default: CliConnection; vty_1: CliConnection }>('router');
  await Promise.all([router.connect(), router.connect({ alias: 'vty_1' })]);

  await router.disconnectAll();
  const states = Object.values(router.connectionManager.connections).map(({ state }) => state);
  assert.deepEqual(states, ['disconnected', 'disconnected']);
}

// All connections of a device ended and forgotten, which the end of an `await using` block does as well.
{
  await using router = testbed.device('router');
  await router.destroyAll();
  assert.deepEqual(Object.keys(router.connectionManager.connections), []);
}
console.log('all connections have ended');
