// Calculations on machines: each machine is logged in to once, and each calculation runs once, however often it is asked for.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { closeAllConnections, sessions } from 'hawser';
import { getScheduler, type JobSpec, Machine } from 'hawser/jobs';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['cluster1', 'cluster2'] });
const auth = { sshConfig: fleet.sshConfig };
// Yours are files: `loadMachine('cluster1')` reads ~/.config/hawser/machines/cluster1.yaml. This one has no batch system; another
// says `scheduler: 'slurm'`, and all that follows stays as it is.
const cluster1 = new Machine({
  name: 'cluster1',
  host: 'cluster1',
  auth,
  workdir: '~/runs1',
  launcher: 'env RANKS={nprocs}',
  nprocs: 4,
});
const cluster2 = new Machine({ name: 'cluster2', host: 'cluster2', auth, workdir: '~/runs2' });
// Asked more often than a batch system should be.
const often = { pollInterval: 200, pollFloor: 100 };

/** A calculation: what it is called, where it works, what it needs and what it runs. */
const relax = (material: string, lattice: string): JobSpec => ({
  name: `${material}-relax`,
  directory: `${material}/relax`,
  inputs: { 'in.txt': `a = ${lattice}\n`, 'pseudo/table': 'the same for all\n' },
  command: "sh -c 'echo relaxing on ${RANKS-1} ranks; tr a-z A-Z <in.txt >out.txt'",
  outputs: ['out.txt'],
});

const made: string[] = [];
sessions.on('created', ({ key }) => made.push(key));

// The first calculation on a machine logs in; the next one does not. Each brings its outputs home.
const first = getScheduler(cluster1, often);
const si = await first.run(relax('si', '5.43'));
assert.deepEqual([si.state, si.exitStatus, await readFile('si/relax/out.txt', 'utf8')], ['done', 0, 'A = 5.43\n']);
const second = getScheduler(cluster1, often); // another scheduler, as in another part of the program: the same session
await second.run(relax('ge', '5.66'));
assert.deepEqual(made, ['cluster1']);

// Another machine has a session of its own. Back on the first one, that of before serves on.
await getScheduler(cluster2, often).run(relax('sn', '6.49'));
await getScheduler(cluster1, often).run(relax('pb', '4.95'));
assert.deepEqual(made, ['cluster1', 'cluster2']);

// Submitted again, it is the job that has run already. So it is also after a crash, from another process, on another day.
const again = await first.submit(relax('si', '5.43'));
assert.equal((await again.status()).state, 'done');
console.log(await again.output()); // relaxing on 4 ranks

// Something has changed: another job. Only what has changed is sent.
const changed = await first.submit(relax('si', '5.44'));
assert.notEqual(changed.key, again.key);
for await (const line of changed.tail()) console.log(line);
assert.equal((await changed.wait()).state, 'done');

// One that fails is no error of yours: its state says so, and its output why.
const broken = await first.submit({ name: 'broken', directory: 'broken', command: 'cat missing.txt' });
const { state, exitStatus } = await broken.wait();
assert.deepEqual([state, exitStatus], ['failed', 1]);
console.log(await broken.output());

// Found by its key, its directory or the scheduler's id; and all that the machine knows of.
assert.equal((await second.attach('si/relax')).key, changed.key);
console.log((await second.scan()).map(({ name, lastState }) => `${name}: ${lastState.state}`));

// Many at once, so many of them in the queue. What became of each is told, whatever became of another.
const many = Array.from({ length: 6 }, (_, i) => ({
  name: `step-${i}`,
  directory: `steps/${i}`,
  command: `echo ${i}`,
}));
const outcomes = await first.submitAll(many, { maxQueued: 3 });
const results = await Promise.all(outcomes.map(async (outcome) => (await outcome.job?.wait())?.state));
assert.deepEqual(new Set(results), new Set(['done']));

await closeAllConnections();
