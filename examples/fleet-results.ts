// What a call on a fleet gives: a map with every host in it, whatever became of the host.
import assert from 'node:assert/strict';
import { MultiConnection, PartialFailureError } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['server1', 'server2', 'server3'] });
await using mc = new MultiConnection(fleet.targets);
await mc.get('server3')?.fs.writeFile('broken', '');

// A map in the order of the fleet.
{
  const results = await mc.execute('echo "$USER"');
  for (const [key, { status }] of results) console.log(`${key}: status ${status}`);
  console.log(results.get('server1')?.stdout.trim());
  assert.deepEqual([...results.keys()], ['server1', 'server2', 'server3']);
  assert.equal([...results.values()].length, 3);
}

// The halves of it: both are always there, and may be empty.
{
  const { succeeded, failed } = await mc.execute('test ! -e broken || { echo "it is broken" >&2; exit 4; }');
  console.log(`${succeeded.size} succeeded, ${failed.size} failed`);
  for (const [key, { stderr }] of failed) console.log(`${key} failed: ${stderr.trim()}`);
  assert.deepEqual([succeeded.size, failed.get('server3')?.stderr], [2, 'it is broken\n']);
}

// Some failed: look, and go on …
const results = await mc.execute('test ! -e broken');
if (!results.ok) {
  for (const [key, { status, error }] of results.failed) console.log(`${key}: ${error?.message ?? `status ${status}`}`);
}
console.log('fine:', String([...results.succeeded.keys()]));
assert.deepEqual([...results.failed.keys()], ['server3']);

// … or let it be an error, which has all results.
try {
  results.throwIfAnyFailed();
  assert.fail('one host had failed');
} catch (error) {
  if (!(error instanceof PartialFailureError)) throw error;
  console.log(error.message);
  console.log(`${error.succeeded.size} of ${error.total} succeeded, not so ${String([...error.failed.keys()])}`);
  assert.deepEqual([...error.failed.keys()], ['server3']);
}
// The results have the numbers, with their types.
for (const [key, { status }] of results.failed) console.log(`${key} ended with ${status}`);
assert.equal(results.failed.get('server3')?.status, 1);
