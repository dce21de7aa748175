import { FileError } from '../../core/file-error.js';
import type { OpenFile } from '../files/file-driver.js';
import type { Stats } from '../files/stats.js';
import { pipeBytes } from './byte-pipe.js';
import type { Destination } from './destination.js';
import { digestOfPieces, hasDigest, type RunningDigest } from './digest.js';
import { aboutTarget, Draft } from './draft.js';
import { type FileJob, SMALL } from './file-job.js';
import type { FileMeter } from './file-meter.js';
import { finalAttributes, finalTimes, initialMode } from './file-modes.js';
import { InPlace } from './in-place.js';
import { openSource } from './open-source.js';
import { staysAsItIs } from './overwrite.js';
import { resumeFrom } from './resume.js';
import { readSmall, type SmallFile } from './small-file.js';
import { strategy } from './strategies.js';
import type { ByteMove } from './strategy.js';
import { changed, fileFailure, type Work } from './work.js';

/**
 * Copies one file, puts it in its place, and counts it; leaves it alone where `overwrite` says so.
 *
 * @param content what is in the file, where that has arrived and been counted.
 * @throws FileError for this file: `ESTALE` where it changed while it was read.
 */
export async function copyFile(work: Work, job: FileJob, meter: FileMeter, content?: SmallFile): Promise<void> {
  const { plan, tally } = work;
  try {
    if (await staysAsItIs(work, job)) {
      tally.skipped(job.path, job.stats);
      meter.forget();
      return;
    }
    if (plan.dryRun) meter.moved(job.stats.size);
    else if (content !== undefined) await writeSmall(work, job, content);
    else await copyBytes(work, job, meter);
  } catch (error) {
    meter.forget();
    throw error;
  }
  await meter.copied();
}

async function copyBytes(work: Work, job: FileJob, meter: FileMeter): Promise<void> {
  if (job.stats.size <= SMALL) return copySmall(work, job, meter);
  const source = await openSource(work, job.source);
  try {
    await copyLarge(work, job, source, meter);
  } finally {
    // A file that was only read loses nothing when its close fails.
    await source.close().catch(() => {});
  }
}

async function copySmall(work: Work, job: FileJob, meter: FileMeter): Promise<void> {
  const content = await readSmall(work, job);
  meter.expect(content.length);
  await writeSmall(work, job, content, () => meter.moved(content.length));
}

async function writeSmall(
  work: Work,
  job: FileJob,
  { pieces, length, stats, digest }: SmallFile,
  written?: () => void,
): Promise<void> {
  await intoPlace(work, job, stats, async (destination) => {
    if (destination.reopened) await destination.file.truncate(0);
    if (length > 0) await destination.file.write(0, pieces);
    written?.();
    const value = async (): Promise<string> => digest ?? digestOfPieces(pieces);
    return { length, digest: work.plan.verify === 'sha256' ? value : undefined };
  });
}

async function copyLarge(work: Work, job: FileJob, source: OpenFile, meter: FileMeter): Promise<void> {
  const before = await source.stat();
  meter.expect(before.size);
  await intoPlace(work, job, before, async (destination) => {
    const { start, digest } = await resumeFrom(work, {
      destination,
      source,
      path: job.source,
      size: before.size,
    });
    meter.resumed(start);
    const move: ByteMove = {
      job,
      source,
      target: destination.file,
      targetPath: destination.path,
      start,
      end: before.size,
      seen: digest?.seen,
      written: (length) => meter.moved(length),
    };
    const end = (await strategy.moveBytes?.(work, move)) ?? (await pipeBytes({ ...move, signal: work.signal }));
    const after = await source.stat();
    if (end !== before.size || after.size !== before.size)
      throw changed(work, job.source, before.size, Math.min(end, after.size));
    if (after.mtimeMs !== before.mtimeMs) throw changed(work, job.source);
    return { length: end, digest: digest?.value };
  });
}

/** What was written. */
interface Written {
  readonly length: number;
  /** Gives the digest of all of it, where it is to be checked. */
  readonly digest: RunningDigest['value'] | undefined;
}

async function intoPlace(
  work: Work,
  job: FileJob,
  stats: Stats,
  fill: (to: Destination) => Promise<Written>,
): Promise<void> {
  const destination = await openDestination(work, job, stats);
  try {
    const written = await fill(destination);
    const about = { stats, existing: job.existing };
    await finalAttributes(work, destination.file, about);
    if (mattersAfterCrash(work, job, written.length)) await destination.sync();
    await destination.close();
    await check(work, job, destination, written);
    await finalTimes(work, destination.path, about);
    await destination.publish();
  } catch (error) {
    // What fails by itself would fail again; what was interrupted may be gone on with.
    const interrupted = work.plan.resume && !(error instanceof FileError);
    await destination.discard(interrupted || work.course.keeps(error));
    throw aboutTarget(error, destination.path, job.target);
  }
}

async function openDestination(work: Work, job: FileJob, stats: Stats): Promise<Destination> {
  const { existing, target } = job;
  const mode = initialMode(work, { stats, existing });
  const isDevice = existing !== undefined && !existing.isFile() && !existing.isSymbolicLink();
  if (isDevice && !job.alone) {
    throw fileFailure(work.to, 'EEXIST', {
      syscall: 'open',
      path: target,
      detail: 'a pipe, socket or device stands there',
    });
  }
  if (isDevice || !work.plan.atomic) return InPlace.open(work, target, mode, existing);
  return Draft.open(work, job.source, target, mode);
}

/** A new small file of a tree takes no time at the disk: whoever lost its machine begins the tree again. */
function mattersAfterCrash(work: Work, job: FileJob, length: number): boolean {
  return work.plan.atomic && (job.alone || job.existing !== undefined || work.plan.removeSource || length > SMALL);
}

async function check(work: Work, job: FileJob, { path }: Destination, { length, digest }: Written): Promise<void> {
  const { verify, atomic } = work.plan;
  if (job.existing?.isCharacterDevice() || job.existing?.isBlockDevice()) return;
  // A large draft was open for long enough that another process may have taken it for a dead one's and begun anew.
  if (verify === 'size' || (atomic && length > SMALL)) {
    const { size } = await work.to.files.lstat(path);
    if (size !== length && !Number.isNaN(size)) throw mismatch(work, job, `it has ${size} bytes, not ${length}`);
  }
  if (digest === undefined || (await hasDigest(work, work.to, path, length, await digest()))) return;
  throw mismatch(work, job, 'its SHA-256 is another one');
}

function mismatch(work: Work, job: FileJob, detail: string): Error {
  const advice = `what was written differs from the source: ${detail}; nothing was put in place, try again`;
  return fileFailure(work.to, 'EIO', { syscall: 'write', path: job.target, detail: advice });
}
