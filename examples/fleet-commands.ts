// Commands on a fleet: one for all, or each host its own.
import assert from 'node:assert/strict';
import { MultiConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['web1', 'web2', 'db1', 'cache1'] });
await using mc = new MultiConnection(fleet.targets);

// The same on all.
const uptimes = await mc.execute('uptime');
for (const [key, { stdout }] of uptimes) console.log(`${key}: ${stdout.trim()}`);
assert.equal(uptimes.size, 4);

// Each its own: hosts that are not named do nothing, and a name that the fleet has not stops all before it begins.
// Here a service runs where it has a file; elsewhere you would ask `systemctl is-active`.
await mc.execute('touch nginx');
const states = await mc.executeMap({
  web1: 'test -e nginx',
  web2: 'test -e nginx',
  db1: 'test -e postgresql',
  cache1: ['test', '-e', 'redis'], // a list is quoted, word by word
});
for (const [key, { ok }] of states) console.log(`${key}: ${ok ? 'running' : 'stopped'}`);
assert.deepEqual([...states.succeeded.keys()], ['web1', 'web2']);
await assert.rejects(async () => mc.executeMap({ web1: 'true', nobody: 'true' }), /nobody/);
