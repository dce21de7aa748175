import { constants } from 'node:fs';
import type { Stats } from '../files/stats.js';
import { digestOfBeginning, hasDigest } from './digest.js';
import { fileFailure, type Work } from './work.js';

/** A file that may be there already. */
export interface OverwriteJob {
  readonly source: Buffer;
  readonly target: Buffer;
  readonly stats: Stats;
  readonly existing: Stats | undefined;
}

/**
 * Whether what stands at the target stays, as `overwrite` has it.
 *
 * @throws FileError `EISDIR` for a directory, `EEXIST` with `overwrite: 'error'`.
 */
export async function staysAsItIs(work: Work, job: OverwriteJob): Promise<boolean> {
  const { target, existing } = job;
  if (existing === undefined) return false;
  if (existing.isDirectory()) throw fileFailure(work.to, 'EISDIR', { syscall: 'open', path: target });
  switch (work.plan.overwrite) {
    case 'always':
      return false;
    case 'never':
      return true;
    case 'error':
      throw fileFailure(work.to, 'EEXIST', {
        syscall: 'open',
        path: target,
        detail: 'because of `overwrite: "error"`',
      });
    case 'if-different':
      return isSame(work, job, existing);
  }
}

async function isSame(work: Work, job: OverwriteJob, existing: Stats): Promise<boolean> {
  const { stats } = job;
  if (!existing.isFile() || existing.size !== stats.size) return false;
  if (seconds(existing) === seconds(stats)) return true;
  if (!(await haveSameBytes(work, job))) return false;
  // The next comparison need not read it again.
  if (work.plan.times && !work.plan.dryRun) await work.to.files.utimes(job.target, stats);
  return true;
}

/** What is near is read, what is far is asked for its digest. */
async function haveSameBytes(work: Work, { source, target, stats }: OverwriteJob): Promise<boolean> {
  const near = { end: work.from, path: source };
  const far = { end: work.to, path: target };
  const [read, asked] = work.to.files.kind === 'local' ? [far, near] : [near, far];
  const file = await read.end.files.open(read.path, constants.O_RDONLY, 0);
  try {
    const { value } = await digestOfBeginning(work, file, stats.size);
    return await hasDigest(work, asked.end, asked.path, stats.size, value);
  } finally {
    await file.close().catch(() => {});
  }
}

/** SFTP version 3 tells whole seconds. */
function seconds(stats: Stats): number {
  return Math.floor(stats.mtimeMs / 1000);
}
