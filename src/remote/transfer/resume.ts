import { createHash, type Hash } from 'node:crypto';
import type { OpenFile } from '../files/file-driver.js';
import type { Destination } from './destination.js';
import { hasDigest, hashBeginning } from './digest.js';
import type { Work } from './work.js';

/** Where the writing of a file begins. */
export interface Beginning {
  readonly start: number;
  /** The digest of what lies before `start`, to go on with where the whole file is to be checked. */
  readonly hash: Hash | undefined;
}

/** Less than this is written again rather than compared. */
const WORTH_IT = 64 * 1024;

/** Where to go on: after what an interrupted transfer left, if that is the beginning of the source; else at 0. */
export async function resumeFrom(work: Work, to: Destination, source: OpenFile, size: number): Promise<Beginning> {
  const fresh = (): Hash | undefined => (work.plan.verify === 'sha256' ? createHash('sha256') : undefined);
  if (!to.reopened) return { start: 0, hash: fresh() };
  const there = (await to.file.stat()).size;
  const start = Math.min(there, size);
  if (start >= WORTH_IT) {
    const hash = await hashBeginning(work, source, start);
    if (await hasDigest(work, work.to, to.path, start, hash.copy().digest('hex'))) {
      if (there > start) await to.file.truncate(start);
      return { start, hash: work.plan.verify === 'sha256' ? hash : undefined };
    }
  }
  if (there > 0) await to.file.truncate(0);
  return { start: 0, hash: fresh() };
}
