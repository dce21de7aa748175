// Machines that jobs run on: written down once, looked at before they are trusted with work, and read by every program.
import assert from 'node:assert/strict';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sessions } from 'hawser';
import { getScheduler, loadMachine, Machine } from 'hawser/jobs';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['cluster1'] });
// Yours needs no path: ~/.config/hawser/machines.
const directory = await mkdtemp(join(process.cwd(), 'machines-'));

// A file is all that a machine is. No secret stands in it: keys are named, and who needs a password says so in the program.
const machine = new Machine({
  name: 'cluster1',
  host: 'cluster1',
  auth: { sshConfig: fleet.sshConfig },
  workdir: '~/calculations',
  prepend: ['export OMP_NUM_THREADS=1'],
  env: { PROJECT: 'perovskites' },
  walltime: '02:00:00',
});
const file = await machine.save({ directory });
console.log(await readFile(file, 'utf8'));

// Any program, any day. Where there is only one machine, or `default` is set in machines.yaml, no name is needed.
const loaded = await loadMachine('cluster1', { directory });
assert.deepEqual(loaded.toJSON(), machine.toJSON());
assert.deepEqual(Machine.fromQueue(loaded.toQueue()).toJSON(), machine.toJSON()); // as one flat object, and back

// What does not fit is told by the name of its field, before anything is opened.
assert.throws(() => new Machine({ name: 'x', host: 'x', workdir: '../up' }), /workdir/);
assert.throws(() => Machine.parse('name: x\nhost: x\nworkdir: ~/x\nscheduler: [slurm]\n'), /scheduler/);

// Can it be reached, who is one there, do files come over whole, is there room, is the scheduler there, is the clock right?
const report = await loaded.test();
for (const { name, ok, detail } of report.checks) console.log(ok ? '✓' : '✗', name, detail);
assert.ok(report.ok);

// It costs no further login: jobs use the same session.
const { state } = await getScheduler(loaded, { pollInterval: 200, pollFloor: 100 }).run(
  { name: 'env', directory: 'env', command: 'echo $PROJECT $OMP_NUM_THREADS >out' },
  { local: 'env' },
);
assert.deepEqual([state, await readFile('env/out', 'utf8'), sessions.size], ['done', 'perovskites 1\n', 1]);
