import { createHash } from 'node:crypto';
import { OptionError } from '../core/hawser-error.js';
import type { JobSpec } from './job-spec.js';

/** A longer key is a mistake, in UTF-16 code units. */
const LONGEST_KEY = 1000;
const SLUG_LETTERS = 40;
/** As much of a name is in a key, and in a queue. */
const LONGEST_NAME = 100;

/** What a default key is made of besides the job itself. */
export interface KeyContents {
  /** The SHA-256 of each input, as hexadecimal digits, by its path. */
  readonly checksums: ReadonlyMap<string, string>;
}

/**
 * The key of a job: the one that it was given, else its name and 12 hexadecimal digits of the SHA-256 of all that it is. The
 * same name, directory, command, inputs, resources, variables and time make the same key; whatever is changed makes another.
 *
 * @throws OptionError for a key that is empty, too long, or has control characters.
 */
export function jobKey(spec: JobSpec, { checksums }: KeyContents): string {
  if (spec.key !== undefined) return checkKey(spec.key);
  const { name, directory, command, resources, env, walltime, after } = spec;
  const inputs = [...checksums].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const whole = canonical({ name, directory, command, inputs, resources, env, walltime, after });
  return `${begin(oneLine(name))}-${sha256(whole).slice(0, 12)}`;
}

/** A job's name as a scheduler is told of it: one line without control characters, not too long. */
export function queueName(name: string): string {
  const line = begin(oneLine(name)).trim();
  return line === '' ? 'job' : line;
}

/** The beginning of a text that is too long; no character is cut in two. */
function begin(text: string): string {
  return Array.from(text.slice(0, 2 * LONGEST_NAME))
    .slice(0, LONGEST_NAME)
    .join('');
}

function oneLine(text: string): string {
  return text.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ').trim();
}

/** Checks a key that somebody chose. */
export function checkKey(key: string): string {
  if (typeof key === 'string' && key !== '' && key.length <= LONGEST_KEY && !/[\0-\x1f\x7f]/.test(key)) return key;
  throw new OptionError(
    `Expected the \`key\` of a job to be a text of 1 to ${LONGEST_KEY} characters without control characters, got ` +
      `${JSON.stringify(typeof key === 'string' ? key.slice(0, 60) : key)}.`,
  );
}

/** The name of a job's record: what is safe of its key as a file's name, and enough of its SHA-256 to tell keys apart. */
export function jobSlug(key: string): string {
  const safe = key
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^[.-]+/, '')
    .slice(0, SLUG_LETTERS);
  return `${safe === '' ? 'job' : safe}-${sha256(key).slice(0, 10)}`;
}

/** By which an attempt to submit a job is found again in the scheduler's queue. */
export function jobToken(key: string, attempt: number): string {
  return `hawser-${sha256(key).slice(0, 10)}-${attempt}`;
}

/** The attempt that a token is of. */
export function attemptOf(token: string): number {
  return Number(/-(\d+)$/.exec(token)?.[1]);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What stands for the contents of all inputs. */
export function sumOfInputs(checksums: KeyContents['checksums']): string {
  return sha256(canonical([...checksums].toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** JSON in which the order of an object's fields says nothing, and a field that is `undefined` is none. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) => {
    if (typeof field !== 'object' || field === null || Array.isArray(field)) return field;
    return Object.fromEntries(Object.entries(field).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}
