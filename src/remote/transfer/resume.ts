import type { OpenFile } from '../files/file-driver.js';
import type { Destination } from './destination.js';
import { type Beginning, digestOfBeginning, digestOnTheWay, hasDigest, type RunningDigest } from './digest.js';
import type { Work } from './work.js';

/** Where the writing of a file begins. */
export interface StartingPoint {
  readonly start: number;
  /** Of the whole file, where that is to be checked: it has seen what lies before `start`. */
  readonly digest: RunningDigest | undefined;
}

/** What may be gone on with. */
export interface ResumeOptions {
  readonly destination: Destination;
  readonly source: OpenFile;
  readonly path: Buffer;
  /** The size of the source. */
  readonly size: number;
}

/** Less than this is written again rather than compared. */
const WORTH_IT = 64 * 1024;

/** Where to go on: after what an interrupted transfer left, if that is the beginning of the source; else at 0. */
export async function resumeFrom(work: Work, o: ResumeOptions): Promise<StartingPoint> {
  const { destination, source, size } = o;
  const startAt = (start: number, before?: Beginning): StartingPoint => ({
    start,
    digest: work.plan.verify === 'sha256' ? digestOnTheWay(work, source, size, before?.hash) : undefined,
  });
  if (!destination.reopened) return startAt(0);
  const there = (await destination.file.stat()).size;
  const start = Math.min(work.course.lengthOf(destination.path, there), size);
  const same = start >= WORTH_IT ? await sameBeginning(work, o, start) : undefined;
  if (there > 0 && (same === undefined || there > start)) {
    await destination.file.truncate(same === undefined ? 0 : start);
  }
  return same === undefined ? startAt(0) : startAt(start, same);
}

/** The digest of the first bytes where they are the same on both sides. What is near is read, what is far is asked for. */
async function sameBeginning(work: Work, o: ResumeOptions, length: number): Promise<Beginning | undefined> {
  const { destination, source, path } = o;
  const nearTarget = work.to.files.kind === 'local';
  const near = await digestOfBeginning(work, nearTarget ? destination.file : source, length);
  const same = nearTarget
    ? await hasDigest(work, work.from, path, length, near.value)
    : await hasDigest(work, work.to, destination.path, length, near.value);
  return same ? near : undefined;
}
