import type { Abortable } from '../core/abort.js';
import { JobError } from '../core/job-error.js';
import type { JobIndex } from './job-index.js';
import { isFinal, type JobState } from './job-state.js';
import type { SchedulerDesk } from './scheduler-desk.js';

/** Jobs that another one has to wait for. */
export interface Predecessors {
  readonly ids: readonly string[];
  /** Their records on the machine, by their ids, where the scheduler tells no more than that they have ended. */
  readonly records: ReadonlyMap<string, string> | undefined;
}

/**
 * Those of `after` that have not ended, which the scheduler has to wait for. It is asked, and the records are read, since a
 * scheduler forgets jobs that have ended, and takes one that it does not know for one that has ended well.
 *
 * @throws JobError: `refused` where one of them has not ended well, `not-found` where nobody knows it, or only a scheduler
 *   that tells no more of it than its end.
 */
export async function predecessors(
  after: readonly string[],
  { desk, index }: { readonly desk: SchedulerDesk; readonly index: JobIndex },
  o: Abortable = {},
): Promise<Predecessors> {
  if (after.length === 0) return { ids: [], records: undefined };
  const queued = await desk.states(after, o);
  const unknown = after.filter((id) => queued.get(id) === undefined || isFinal(queued.get(id)?.state ?? 'unknown'));
  const recorded = unknown.length === 0 ? new Map<string, number>() : await index.exitStatuses(o);
  const ids = after.filter((id) => isToBeWaitedFor(id, queued.get(id), recorded.get(id), desk.far.name));
  if (ids.length === 0 || desk.kind.waitsForEnd !== true) return { ids, records: undefined };
  const known = new Map((await index.withIds(o)).map(({ id, job }) => [id, job.place.recordPath]));
  return { ids, records: new Map(ids.map((id) => [id, known.get(id) ?? unrecorded(id, desk)])) };
}

function unrecorded(id: string, { far, kind }: SchedulerDesk): never {
  const text =
    `Cannot submit a job on ${far.name} after ${id}: ${kind.name} tells no more of that than its end, and there is no record of ` +
    'how it ends, since it was not submitted by hawser below this workdir. Wait for it before you submit.';
  throw new JobError('not-found', text, { host: far.name, why: `there is no record of the job ${id}` });
}

function isToBeWaitedFor(
  id: string,
  queued: JobState | undefined,
  exitStatus: number | undefined,
  machine: string,
): boolean {
  if (queued !== undefined && !isFinal(queued.state)) return true;
  if (exitStatus === 0 || (exitStatus === undefined && queued?.state === 'done')) return false;
  if (exitStatus === undefined && queued === undefined) {
    const text = `Cannot submit a job after ${id}: neither the scheduler of ${machine} nor its records know such a job.`;
    throw new JobError('not-found', text, { host: machine, why: `nobody knows the job ${id}` });
  }
  const how = exitStatus === undefined ? `is ${queued?.state}` : `ended with status ${exitStatus}`;
  const why = `the job ${id}, which is to end well first, ${how}`;
  throw new JobError('refused', `Cannot submit a job on ${machine}: ${why}.`, { host: machine, why });
}
