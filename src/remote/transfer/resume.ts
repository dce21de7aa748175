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
export async function resumeFrom(work: Work, o: ResumeOptions): Promise<Beginning> {
  const { destination, size } = o;
  const checked = work.plan.verify === 'sha256';
  if (destination.reopened) {
    const there = (await destination.file.stat()).size;
    const start = Math.min(there, size);
    const hash = start >= WORTH_IT ? await sameBeginning(work, o, start) : undefined;
    if (there > 0 && (hash === undefined || there > start)) {
      await destination.file.truncate(hash === undefined ? 0 : start);
    }
    if (hash !== undefined) return { start, hash: checked ? hash : undefined };
  }
  return { start: 0, hash: checked ? createHash('sha256') : undefined };
}

/** The digest of the first bytes where they are the same on both sides. What is near is read, what is far is asked for. */
async function sameBeginning(work: Work, o: ResumeOptions, length: number): Promise<Hash | undefined> {
  const { destination, source, path } = o;
  const nearTarget = work.to.files.kind === 'local';
  const hash = await hashBeginning(work, nearTarget ? destination.file : source, length);
  const digest = hash.copy().digest('hex');
  const same = nearTarget
    ? await hasDigest(work, work.from, path, length, digest)
    : await hasDigest(work, work.to, destination.path, length, digest);
  return same ? hash : undefined;
}
