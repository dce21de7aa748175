import type { OpenFile } from '../files/file-driver.js';
import type { Stats } from '../files/stats.js';
import { isResumable, type Work } from './work.js';

const ALL_BITS = 0o7777;
const PERMISSIONS = 0o777;
const DEFAULT = 0o666;
const OWNER = 0o600;

/** What decides a file's mode and times. */
export interface FileAttributes {
  /** Of the source. */
  readonly stats: Stats;
  /** What stands at the target, links not followed. */
  readonly existing: Stats | undefined;
}

/** The mode with which a file is made, of which the target takes its umask. Nobody reads it who may not read it later. */
export function initialMode(work: Work, { stats, existing }: FileAttributes): number {
  const kept = modeToKeep(work, existing);
  if (kept !== undefined) return kept & OWNER;
  if (work.plan.mode === 'plain' || Number.isNaN(stats.mode)) return DEFAULT;
  return stats.mode & (work.plan.mode === 'exact' ? OWNER : PERMISSIONS);
}

/**
 * Gives a written file, which is open yet, the mode and the times that it has to have: the mode alone where it is read
 * once more (see {@link finalTimes}).
 */
export async function finalAttributes(work: Work, file: OpenFile, about: FileAttributes): Promise<void> {
  const { plan } = work;
  const { stats, existing } = about;
  if (existing?.isCharacterDevice() || existing?.isBlockDevice()) return;
  const kept = modeToKeep(work, existing);
  const changes: Promise<void>[] = [];
  if (kept !== undefined) changes.push(file.chmod(kept));
  else if (!Number.isNaN(stats.mode)) {
    if (plan.mode === 'exact') changes.push(file.chmod(stats.mode & ALL_BITS));
    else if (plan.mode === 'masked' && isResumable(work) && (stats.mode & OWNER) !== OWNER) {
      // A draft that may be gone on with is open to its owner until it is whole.
      const made = await file.stat();
      changes.push(file.chmod(made.mode & stats.mode & PERMISSIONS));
    }
  }
  if (hasTimes(work, stats) && !isReadAgain(work)) changes.push(file.utimes(stats));
  await Promise.all(changes);
}

/** Gives a file the times that it has to have once it has been read to be checked, which changes them. */
export async function finalTimes(work: Work, path: Buffer, { stats, existing }: FileAttributes): Promise<void> {
  if (existing?.isCharacterDevice() || existing?.isBlockDevice()) return;
  if (hasTimes(work, stats) && isReadAgain(work)) await work.to.files.utimes(path, stats);
}

function hasTimes({ plan }: Work, stats: Stats): boolean {
  return plan.times && !Number.isNaN(stats.mtimeMs);
}

function isReadAgain({ plan }: Work): boolean {
  return plan.verify === 'sha256';
}

/** A file that is replaced keeps its mode, as one that is written in place would. */
function modeToKeep(work: Work, existing: Stats | undefined): number | undefined {
  if (work.plan.mode === 'exact' || !existing?.isFile() || Number.isNaN(existing.mode)) return undefined;
  return existing.mode & PERMISSIONS;
}
