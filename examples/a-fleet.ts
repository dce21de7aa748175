// A fleet: one command on every machine, each machine's own answer.
import { MultiConnection, PartialFailureError } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['web1', 'web2', 'web3', 'db1'] });
fleet.host('db1').faults.refuseAuth = true;

await using mc = new MultiConnection(fleet.targets, { batchSize: 50 });

// Each host's result as it completes …
const run = mc.execute('uname -s');
for await (const { key, ok, outcome } of run) console.log(key, ok ? 'ok' : outcome);

// … and all of them, in the order of the fleet.
const results = await run;
console.log([...results.succeeded.keys()], [...results.failed.keys()]);
console.log(results.get('db1')?.error?.message);

// Equal answers are folded into one, with the set of hosts that gave it.
for (const { hosts, output } of results.succeeded.fold()) console.log(`${hosts}: ${output.trim()}`);

// Each host its own command; anything else for each host.
const own = await mc.executeMap({ web1: 'echo one', web2: 'echo two' });
console.log([...own].map(([key, { stdout }]) => [key, stdout.trim()]));

const homes = await mc.each(async (connection) => (await connection.execute('pwd')).stdout.trim() !== '');
console.log(homes.get('web3')?.value);

try {
  results.throwIfAnyFailed();
} catch (error) {
  if (error instanceof PartialFailureError) console.log(error.message.split(':')[0]);
}
