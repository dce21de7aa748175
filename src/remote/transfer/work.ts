import { throwIfAborted } from '../../core/abort.js';
import { FileError, type FileErrorOptions } from '../../core/file-error.js';
import type { FileAccess, FileScope } from '../files/file-access.js';
import { nameFromBytes } from '../files/names.js';
import type { Course } from './course.js';
import type { TransferPlan } from './options.js';
import type { ProgressMeter } from './progress.js';
import type { StallWatch } from './stall-watch.js';
import type { Tally } from './summary.js';

/** One machine of a transfer under way. */
export interface End extends FileScope {
  readonly access: FileAccess;
}

/** A transfer under way: what its parts share. */
export interface Work {
  readonly plan: TransferPlan;
  readonly from: End;
  readonly to: End;
  /** What of it outlives the links that it goes over. */
  readonly course: Course;
  readonly tally: Tally;
  readonly meter: ProgressMeter;
  readonly stall: StallWatch;
  /** Fires with the first cause that ends all of it. */
  readonly signal: AbortSignal;
  /** Ends that were found to run no commands beside their files. */
  readonly mute: Set<End>;
  /** Ends all of it, with `error` as the cause; the first one counts. */
  readonly fail: (error: unknown) => void;
}

/** Whether a draft may have to be opened again: it is one that its owner can read and write until it is whole. */
export function isResumable({ plan, course }: Work): boolean {
  return plan.resume || course.goesOver;
}

/** Throws what ended the transfer, if anything has. */
export function checkGoing(work: Work): void {
  throwIfAborted(work.signal, 'transferring files', work.to.access.host);
}

/** What {@link fileFailure} is told of a failure: paths as bytes. */
export type FailureOptions = Omit<FileErrorOptions, 'path' | 'dest' | 'host' | 'key'> & {
  readonly path?: Buffer | undefined;
  readonly dest?: Buffer | undefined;
};

/** A file of one end failed for a reason of ours. */
export function fileFailure(end: End, code: string, o: FailureOptions): FileError {
  const { path, dest, ...rest } = o;
  return new FileError(code, {
    ...rest,
    ...(path === undefined ? {} : { path: nameFromBytes(path) }),
    ...(dest === undefined ? {} : { dest: nameFromBytes(dest) }),
    host: end.access.host,
    key: end.access.key,
  });
}

/** A file of the source is not what it was when its reading began. */
export function changed(work: Work, source: Buffer, before?: number, after?: number): FileError {
  const sizes = before === undefined || before === after ? '' : `: it had ${before} bytes, then ${after}`;
  const detail = `it changed while it was read${sizes}; nothing was put in place`;
  return fileFailure(work.from, 'ESTALE', { syscall: 'read', path: source, detail });
}

/** What an error of one file means: collected as that file's where it is one, thrown on where it ends all. */
export function collect(work: Work, error: unknown): void {
  checkGoing(work);
  if (!(error instanceof FileError)) throw error;
  work.tally.failed.push(error);
  work.stall.moved();
}

/** Whether a call failed with one of these codes of Node's. */
export function failedWith(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof FileError && codes.includes(error.code);
}

/** The path of a name in a directory. */
export function inside(directory: Buffer, name: Buffer): Buffer {
  if (directory.at(-1) === SLASH) return Buffer.concat([directory, name]);
  return Buffer.concat([directory, Buffer.from('/'), name]);
}

/** The last name of a path, slashes at its end left out; empty for `/`. */
export function lastName(path: Buffer): Buffer {
  const end = withoutSlashes(path);
  return end.subarray(end.lastIndexOf(SLASH) + 1);
}

/** The directory in which a path lies, by its text. */
export function parentOf(path: Buffer): Buffer {
  const end = withoutSlashes(path);
  const slash = end.lastIndexOf(SLASH);
  if (slash < 0) return Buffer.from('.');
  const parent = withoutSlashes(end.subarray(0, slash));
  return parent.length === 0 ? Buffer.from('/') : parent;
}

/** A path without slashes at its end; empty for `/`. */
export function withoutSlashes(path: Buffer): Buffer {
  let end = path.length;
  while (end > 0 && path[end - 1] === SLASH) end -= 1;
  return path.subarray(0, end);
}

const SLASH = 0x2f;
