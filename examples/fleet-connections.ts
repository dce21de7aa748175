// Connecting and closing a fleet: by the block, by hand, and without the hosts that cannot be reached.
import assert from 'node:assert/strict';
import { MultiConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['web1', 'web2', 'web3'] });
fleet.host('web3').faults.refuseAuth = true;

// By the block: hosts are connected when they are first worked on, and closed where the block ends.
{
  await using mc = new MultiConnection(fleet.targets.slice(0, 2));
  assert.ok((await mc.execute('true')).ok);
}

// By hand.
{
  const mc = new MultiConnection(fleet.targets);
  const connected = await mc.connect();
  for (const [key, { error }] of connected.failed) console.log(`${key} cannot be reached: ${error?.message}`);
  assert.deepEqual([...connected.failed.keys()], ['web3']);
  const results = await mc.execute('echo here');
  console.log(`${results.succeeded.size} of ${results.size} answered`);
  assert.equal(results.get('web3')?.outcome, 'auth'); // a result like any other
  await mc.close();
}

// Go on with those that can be reached: the others leave the fleet.
{
  const mc = new MultiConnection(fleet.targets);
  const connected = await mc.connect({ pruneFailures: true });
  console.log(`connected to ${mc.size} of ${connected.size}: ${[...mc.keys()]}`);
  assert.deepEqual([mc.hosts.length, mc.has('web3')], [2, false]);
  const results = await mc.execute('echo here');
  assert.ok(results.ok && results.size === 2);
  await mc.close();
}
