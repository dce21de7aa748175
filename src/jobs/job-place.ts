import { posix } from 'node:path';
import { OptionError } from '../core/hawser-error.js';
import { jobSlug } from './job-key.js';

/** Where hawser keeps its own in a directory. */
export const OWN = '.hawser';

/** Where the record of a job and what belongs to it is, on the machine. */
export interface JobPlace {
  readonly slug: string;
  /** The job's directory below the working directory, such as `si/relax`. */
  readonly directory: string;
  /** Its directory as a connection is to find it: `~/…` or absolute. */
  readonly path: string;
  /** The record, from the job's directory on. */
  readonly record: string;
  /** The whole path of the record: `~/…` or absolute. */
  readonly recordPath: string;
}

/** The place of a job. `workdir` is the machine's: see {@link workPath}. */
export function jobPlace(workdir: string, directory: string, key: string): JobPlace {
  return placeOf(workdir, directory, jobSlug(key));
}

/** The place of a job whose record's name is known. */
export function placeOf(workdir: string, directory: string, slug: string): JobPlace {
  return placeBeside({ directory, path: posix.join(workPath(workdir), directory) }, slug);
}

/** The place of another job in the same directory. */
export function placeBeside({ directory, path }: Pick<JobPlace, 'directory' | 'path'>, slug: string): JobPlace {
  const record = `${OWN}/${slug}`;
  return { slug, directory, path, record, recordPath: `${path}/${record}` };
}

/** Where the records in a job's directory are. */
export function recordsPath(workdir: string, directory: string): string {
  return posix.join(workPath(workdir), directory, OWN);
}

/** Where the names of all jobs are that a user has in a working directory, each a file that holds the directory of the job. */
export function indexPath(workdir: string, uid: number): string {
  return posix.join(workPath(workdir), `${OWN}-${uid}`);
}

/** A machine's working directory as a connection is to find it: absolute, or below `~`. */
export function workPath(workdir: string): string {
  const path = posix.normalize(workdir);
  return path.startsWith('/') || path === '~' || path.startsWith('~') ? path : posix.join('~', path);
}

/** The longest name of a file in bytes, on nearly all file systems (NAME_MAX of limits.h(0P)). */
const LONGEST_NAME = 255;

/**
 * Checks a job's directory: a path below the machine's working directory.
 *
 * @throws OptionError for one that is absolute, empty, too long, leads out by `..`, or into hawser's own `.hawser`.
 */
export function checkDirectory(directory: string): string {
  const names = typeof directory === 'string' ? directory.split('/').filter((name) => name !== '' && name !== '.') : [];
  const long = names.map((name) => Buffer.byteLength(name)).find((length) => length > LONGEST_NAME);
  if (long !== undefined) {
    throw new OptionError(
      `Expected each name in the \`directory\` of a job to have at most ${LONGEST_NAME} bytes, as file systems do, got one of ` +
        `${long}. Give a shorter \`directory\`: the job's name may stay as it is.`,
    );
  }
  const strange = /[\0-\x1f\x7f]/.test(String(directory));
  const outside = typeof directory !== 'string' || directory.startsWith('/') || directory.startsWith('~');
  if (
    names.length > 0 &&
    !outside &&
    !strange &&
    !names.includes('..') &&
    !names.some((name) => name === OWN || name.startsWith(`${OWN}-`))
  )
    return names.join('/');
  throw new OptionError(
    `Expected the \`directory\` of a job to be a path below the machine's workdir, without ".." and "${OWN}", got ` +
      `${JSON.stringify(directory)}. Give one such as "si/relax".`,
  );
}

/** Whether a text is a directory for a job: see {@link checkDirectory}. */
export function isDirectory(text: string): boolean {
  try {
    checkDirectory(text);
    return true;
  } catch {
    return false;
  }
}
