// A process that submits a job, says what came of it, and may be killed at a step of that.
//
//   node job-submitter.mjs INDEX-OF-HAWSER-JOBS OPTIONS-AS-JSON
import { subscribe } from 'node:diagnostics_channel';

const [, , library, json] = process.argv;
const { machine, journal, spec, killAt } = JSON.parse(json);
const { getScheduler, Machine } = await import(library);
subscribe('hawser:job', ({ step }) => {
  if (step === killAt) process.kill(process.pid, 'SIGKILL');
});
const scheduler = getScheduler(new Machine(machine), { journal });
const job = await scheduler.submit(spec);
process.stdout.write(`${JSON.stringify({ id: job.id, key: job.key })}\n`);
