import type { Abortable } from '../core/abort.js';
import { OptionError } from '../core/hawser-error.js';
import { JobError } from '../core/job-error.js';
import type { FoundJob, JobIndex, ScanOptions } from './job-index.js';
import { jobSlug } from './job-key.js';
import { checkDirectory, isDirectory } from './job-place.js';

/**
 * The job of a key, a directory or an id of the scheduler; they are tried in this order. A directory may be named from the
 * working directory on, or by its whole path. In one with several jobs it is the one that was made last.
 *
 * @throws JobError: `not-found`; `bad-record` where what is on record of it cannot be read.
 */
export async function findJob(index: JobIndex, machine: string, text: string, o: Abortable): Promise<FoundJob> {
  if (typeof text !== 'string' || text === '') {
    throw new OptionError(`Expected the key, directory or id of a job, got ${JSON.stringify(text)}.`);
  }
  const named = await index.bySlug(jobSlug(text), o);
  if (named?.record.key === text) return named;
  const here = new Set<JobError>();
  const directory = (await index.pathOf(text, o)) ?? text;
  const inside = isDirectory(directory)
    ? await index.inDirectory(checkDirectory(directory), { ...o, onUnreadable: (error) => here.add(error) })
    : [];
  const [broken] = here;
  if (inside.length === 0 && broken !== undefined) throw broken;
  const anywhere = new Map<string, JobError>();
  const found =
    latest(inside) ?? (await byId(index, text, { ...o, onUnreadable: (error) => anywhere.set(error.message, error) }));
  if (found !== undefined) return found;
  const [first] = anywhere.values();
  throw new JobError(
    'not-found',
    `There is no job of the key, directory or id ${JSON.stringify(text)} on ${machine}` +
      `${first === undefined ? '' : `, unless it is one of ${anywhere.size} whose records cannot be read (${first.message})`}. ` +
      'See all with scan(), or `hawser job list`.',
    { host: machine, cause: first },
  );
}

function latest(found: readonly FoundJob[]): FoundJob | undefined {
  return found.toSorted((a, b) => b.record.createdAt - a.record.createdAt)[0];
}

/** Some schedulers begin to count anew: the last one of that number is meant. */
async function byId(index: JobIndex, id: string, o: ScanOptions): Promise<FoundJob | undefined> {
  return (await index.withIds(o)).findLast((found) => found.id === id)?.job ?? index.inQueueAs(id, o);
}
