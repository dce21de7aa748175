import { OptionError } from '../../core/hawser-error.js';
import { directCancel, parseDirectCancelled } from '../../remote/batch/direct-cancel.js';
import { DIRECT_ID, parseDirectId } from '../../remote/batch/direct-id.js';
import { directFind, directQuery, parseDirectQuery } from '../../remote/batch/direct-query.js';
import { directSubmit, NOT_LIMITED } from '../../remote/batch/direct-start.js';
import type { Resources } from '../job-spec.js';
import type { JobState } from '../job-state.js';
import { checkIds, secondsOf } from './resource-words.js';
import { saying } from './saying.js';
import type { Answer, SchedulerKind, SubmitAnswer } from './scheduler-kind.js';

/** Statuses of the submit line with which nothing was started: no script, no room for its output, no interpreter. */
const NOT_STARTED: ReadonlySet<number> = new Set([66, 73, 127, NOT_LIMITED]);

/** What became of the process that is told to end, where it is not over. */
const NOT_ENDED = {
  elsewhere: 'it was started on another node of the machine, which cannot be reached from this one',
  unclear: 'this machine does not tell whether the process of its number is still the job',
  left: 'a part of it does not even end by SIGKILL',
} as const;

/** Why a job is not there yet. */
const WAITS = 'it waits for the end of those that it comes after';

/** What has ended has left its exit status before: who is gone without one was killed, and this node is certain of it. */
const GONE = 'its process is gone, and it left no exit status';

/**
 * No scheduler: the job starts at once, as a process of its own on the machine itself, which is known by its process id, its
 * start, the boot and the host. A watcher beside it ends it when its time is up. What comes `after` another waits as a process,
 * too. Nobody shares out resources here: who asks for them is refused, but for a number of processes, which the launcher starts.
 */
export const direct: SchedulerKind = {
  name: 'direct',
  idVariable: undefined,
  waitsForEnd: true,
  directives: () => [],

  checkSpec({ resources, after = [] }, machine) {
    const { launcher } = machine;
    checkIds('`direct`', DIRECT_ID, after);
    checkResources(resources, 'a job', launcher);
    checkResources(machine.resources, 'the machine', launcher);
  },

  submitLine: (job) =>
    directSubmit({ record: job.record, token: job.token, limit: secondsOf(job), after: job.recordsOf }),
  idFilter: "sed -n '/^[1-9][0-9]*:[^:]*:[^:]*:[^:]*$/p' | tail -n 1",
  readSubmit,

  queueLine: directQuery,
  readQueue(answer) {
    if (answer.status !== 0) return { failed: saying(answer) };
    const jobs = new Map<string, JobState>();
    for (const [id, presence] of parseDirectQuery(answer.stdout)) {
      const host = parseDirectId(id)?.host;
      if (host === undefined) continue;
      if (presence === 'waiting') jobs.set(id, { state: 'queued', word: presence, reason: WAITS, host });
      else if (presence === 'running') jobs.set(id, { state: 'running', word: presence, host });
      else if (presence === 'gone') jobs.set(id, { state: 'lost', word: presence, reason: GONE, host });
      else jobs.set(id, { state: 'unknown', word: presence, reason: NOT_ENDED[presence], host });
    }
    return { jobs };
  },

  findLine: directFind,
  readFind(answer) {
    if (answer.status !== 0) return { failed: saying(answer) };
    return { ids: answer.stdout.split('\n').filter((line) => parseDirectId(line) !== undefined) };
  },

  cancelLine: (id) => directCancel(id),
  readCancel(answer) {
    const word = answer.status === 0 ? parseDirectCancelled(answer.stdout) : undefined;
    if (word === undefined) return saying(answer);
    return word === 'ended' || word === 'killed' || word === 'gone' ? undefined : NOT_ENDED[word];
  },

  probeLine: 'uname -sr',
  readProbe(answer) {
    const version = answer.stdout.trim().split('\n')[0];
    return answer.status === 0 && version ? { version } : { missing: saying(answer) };
  },
};

/** What to do instead, by the resource. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['nodes', 'leave it away, or say 1: there is the one node'],
  ['tasks', 'give the machine a `launcher` with {nprocs}, which starts so many processes'],
  ['tasksPerNode', 'give the machine a `launcher` with {nprocs}, which starts so many processes'],
  ['cpusPerTask', 'leave it away, and bound the threads in the `env` of the job, such as by OMP_NUM_THREADS'],
  ['memory', 'leave it away, and bound it in the command, such as by ulimit -v'],
  ['gpus', 'leave it away, and choose them in the `env` of the job, such as by CUDA_VISIBLE_DEVICES'],
]);

/** Throws OptionError for a resource that nobody would give. */
function checkResources(resources: Resources = {}, whose: string, launcher: string | undefined): void {
  const startsMany = launcher?.includes('{nprocs}') === true;
  for (const [name, value] of Object.entries(resources)) {
    const isGiven = name === 'nodes' ? value === 1 : startsMany && (name === 'tasks' || name === 'tasksPerNode');
    if (isGiven || value === undefined) continue;
    throw new OptionError(
      `Expected \`resources.${name}\` of ${whose} not to be there, got ${JSON.stringify(value)}: without a scheduler ` +
        `(\`direct\`) a job has its machine as it is. Do this: ${INSTEAD.get(name) ?? 'leave it away'}.`,
    );
  }
}

function readSubmit(answer: Answer): SubmitAnswer {
  const id = answer.stdout.split('\n').findLast((line) => parseDirectId(line) !== undefined);
  if (answer.status === 0 && id !== undefined) return { id };
  const said = saying(answer);
  const isRefusal = id === undefined && answer.status !== null && NOT_STARTED.has(answer.status);
  return isRefusal ? { refused: said, again: false } : { unclear: said };
}
