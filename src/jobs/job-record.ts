import { JobError } from '../core/job-error.js';
import type { JobSpec, Resources } from './job-spec.js';

/** The name of the file in a record that says what the job is. */
export const RECORD_FILE = 'job.json';

/** What the machine has on record of a job: what it is, and not how it stands. */
export interface JobRecord {
  readonly v: 1;
  readonly key: string;
  readonly name: string;
  readonly directory: string;
  /** The kind of scheduler. */
  readonly kind: string;
  /** The machine's name. */
  readonly machine: string;
  readonly token: string;
  readonly attempt: number;
  readonly command: string;
  /** The paths of its inputs. */
  readonly inputs: readonly string[];
  /** What stands for their contents; a record of an earlier version has none. */
  readonly inputsSum?: string | undefined;
  readonly outputs?: readonly string[] | undefined;
  readonly resources?: Resources | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly walltime?: number | undefined;
  readonly after?: readonly string[] | undefined;
  /** Milliseconds since 1970 by the client's clock. */
  readonly createdAt: number;
}

/** The record of a job that is about to be submitted. */
export function makeRecord(
  spec: JobSpec,
  about: Pick<JobRecord, 'key' | 'kind' | 'machine' | 'token' | 'attempt' | 'inputs' | 'inputsSum' | 'directory'>,
): JobRecord {
  const { name, command, outputs, resources, env, walltime, after } = spec;
  return { v: 1, name, command, outputs, resources, env, walltime, after, createdAt: Date.now(), ...about };
}

/**
 * Reads a record.
 *
 * @param file where it is, for the message.
 * @throws JobError (`bad-record`).
 */
export function parseRecord(text: string, file: string, host: string): JobRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unreadable(file, host, 'it is no JSON', error);
  }
  if (typeof value !== 'object' || value === null) throw unreadable(file, host, 'it holds no object');
  const field = (name: string): unknown => Reflect.get(value, name);
  if (field('v') !== 1) {
    throw unreadable(
      file,
      host,
      `its version is ${JSON.stringify(field('v'))}, and 1 is known: another version of hawser has written it`,
    );
  }
  for (const name of ['key', 'name', 'directory', 'kind', 'machine', 'token', 'command']) {
    if (typeof field(name) !== 'string') throw unreadable(file, host, `its \`${name}\` is no text`);
  }
  for (const name of ['attempt', 'createdAt']) {
    if (typeof field(name) !== 'number') throw unreadable(file, host, `its \`${name}\` is no number`);
  }
  if (!areTexts(field('inputs'))) throw unreadable(file, host, 'its `inputs` are no list of texts');
  if (field('outputs') !== undefined && !areTexts(field('outputs'))) {
    throw unreadable(file, host, 'its `outputs` are no list of texts');
  }
  // Every field that is read has been looked at.
  return value as JobRecord;
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** The error of a record that cannot be read. */
export function unreadable(file: string, host: string, why: string, cause?: unknown): JobError {
  const text = `Cannot read the record of a job in ${file} on ${host}: ${why}.`;
  return new JobError('bad-record', text, { host, cause });
}
