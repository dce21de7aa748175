// The paths to a device: which one is taken, why, and what is done when it leads nowhere.
import assert from 'node:assert/strict';
import { AliasError, AuthError, type CliConnection, Testbed } from 'hawser';
import { testbedFile } from './lab.js';

await using testbed = await Testbed.load(testbedFile);
await using router = testbed.device<{ default: CliConnection; inside: CliConnection }>('router');

// What a call would do, and where each value comes from. Nothing is made, and no secret is shown.
{
  const plan = router.explain({ via: 'mgmt', alias: 'vty_1', poolSize: 2, connectTimeout: 5000 });
  console.log(String(plan));
  assert.deepEqual(plan.via, { value: ['mgmt'], from: 'call' });
  assert.deepEqual(plan.class, { value: 'CliConnection', from: 'via' });
  assert.deepEqual(plan.target['username']?.from, 'via');
  assert.doesNotMatch(JSON.stringify(plan), /vty-password/);
}

// Several paths: the next one is tried for as long as the network is at fault. Each that failed is told of.
{
  const warnings: string[] = [];
  router.connectionManager.on('warning', ({ message }) => warnings.push(message));
  const connection = await router.connect({ via: ['down', 'console'] });
  assert.equal(connection.via, 'console');
  assert.equal(warnings.length, 1);
  console.log(warnings[0]);
}

// Who is refused stays outside: another path would only try the same password at another door.
{
  await using server = testbed.device('server');
  const login = { privateKey: [], password: 'not the password', credentials: { default: { password: 'nor this' } } };
  const refused = await server.connect({ via: ['mgmt', 'console'], ...login }).catch((error: unknown) => error);
  assert.ok(refused instanceof AuthError);
  assert.equal(server.connection().via, 'mgmt');
}

// Through another device of the testbed, which the path names as its `proxy`.
{
  const inside = await router.connect({ via: 'inside', alias: 'inside' });
  for (const { hop, phase, detail } of inside.connectSteps) console.log(`${hop} ${phase}: ${detail}`);
  assert.equal((await router.inside.execute('show version')).ok, true);
}

// A path that the device does not have is an error that names those that it has.
{
  const unknown = await router.connect({ via: 'mgnt', alias: 'x' }).catch((error: unknown) => error);
  assert.ok(unknown instanceof AliasError);
  console.log(unknown.message);
}
