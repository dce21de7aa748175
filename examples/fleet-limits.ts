// How many hosts a fleet works on at once.
import assert from 'node:assert/strict';
import { HostSet, MultiConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: 4 });
// Two hundred names that lead to four machines in turn. In your network each name has its own.
const targets = [...HostSet.parse('server[0-199].example.com')].flatMap((key, i) =>
  fleet.targets.slice(i % 4, (i % 4) + 1).map((target) => ({ ...target, key })),
);

// A hundred at once, or as many as is said.
await using byDefault = new MultiConnection(targets);
await using narrow = new MultiConnection(targets, { batchSize: 20 });
console.log(byDefault.batchSize, narrow.batchSize);
assert.deepEqual([byDefault.batchSize, narrow.batchSize], [100, 20]);

// Many hosts, fifty at a time: a window that slides, so that a slow host holds up nobody. Sockets have a limit of their
// own: past it, connections that nobody uses are closed.
await using mc = new MultiConnection(targets, { batchSize: 50, maxConnections: 50 });
let working = 0;
let most = 0;
const results = await mc.each(async (connection) => {
  working += 1;
  most = Math.max(most, working);
  const { stdout } = await connection.execute('echo upgraded', { check: true });
  working -= 1;
  return stdout;
});
console.log(`succeeded: ${results.succeeded.size}, failed: ${results.failed.size}, at once: ${most}`);
assert.equal(results.succeeded.size, 200);
assert.ok(most <= 50);
