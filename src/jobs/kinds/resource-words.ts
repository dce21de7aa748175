import { OptionError } from '../../core/hawser-error.js';
import type { Resources } from '../job-spec.js';
import type { QueuedJob } from './scheduler-kind.js';

type Field<T> = { [K in keyof Resources]-?: NonNullable<Resources[K]> extends T ? K : never }[keyof Resources];

/** What means itself to a scheduler that reads the head of a script, quotes, comments and all. */
const PLAIN = /^(?!-)[^\s"'\\#\p{C}]+$/u;

/**
 * A count among a job's resources; `undefined` where the job leaves it to the scheduler.
 *
 * @throws OptionError for anything but a positive integer.
 */
export function countOf(resources: Resources, field: Field<number>): number | undefined {
  const value = resources[field];
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return value;
  throw new OptionError(`Expected \`resources.${field}\` of a job to be a positive integer, got ${shown(value)}.`);
}

/**
 * A word among a job's resources, such as its queue; `undefined` where the job leaves it to the scheduler.
 *
 * @throws OptionError for a text with spaces, quotes, backslashes, `#` or control characters: it goes into the job's script.
 */
export function wordOf(resources: Resources, field: Field<string>): string | undefined {
  const value = resources[field];
  if (value === undefined || (typeof value === 'string' && PLAIN.test(value))) return value;
  throw new OptionError(
    `Expected \`resources.${field}\` of a job to be one word without spaces and quotes, got ${shown(value)}.`,
  );
}

/**
 * The further options that a job gives to its scheduler, without those by which it would not be one script that runs once,
 * and that is found again by what hawser has told the scheduler of it.
 *
 * @throws OptionError for anything but a list of texts, and for an option of which `isOwn` says that it is not theirs to give.
 */
export function extraOf(resources: Resources, isOwn: (word: string) => boolean): readonly string[] {
  const words = resources.extra ?? [];
  if (!Array.isArray(words) || !words.every((word) => typeof word === 'string')) {
    throw new OptionError(`Expected \`resources.extra\` of a job to be a list of words, got ${shown(words)}.`);
  }
  const strange = words.find(isOwn);
  if (strange === undefined) return words;
  throw new OptionError(
    `Expected \`resources.extra\` of a job without ${shown(strange)}: a job is one script that runs once, whose name, ` +
      'directory and output hawser tells the scheduler itself. Instead of an array submit a job for each of its tasks.',
  );
}

/**
 * The longest time that a job may run, in seconds, rounded up; `undefined` where the scheduler decides.
 *
 * @throws OptionError for anything but a positive number of milliseconds.
 */
export function secondsOf({ walltime }: Pick<QueuedJob, 'walltime'>): number | undefined {
  if (walltime === undefined) return undefined;
  if (Number.isFinite(walltime) && walltime > 0) return Math.ceil(walltime / 1000);
  throw new OptionError(`Expected the \`walltime\` of a job to be a positive number of ms, got ${shown(walltime)}.`);
}

/**
 * Checks ids of jobs before they become words of a command.
 *
 * @throws OptionError for one that this scheduler cannot have given.
 */
export function checkIds(scheduler: string, pattern: RegExp, ids: readonly string[]): readonly string[] {
  const strange = ids.find((id) => !pattern.test(id));
  if (strange === undefined) return ids;
  throw new OptionError(`Expected the id of a job in ${scheduler}, got ${shown(strange)}.`);
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 80) ?? String(value);
}
