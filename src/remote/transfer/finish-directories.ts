import type { TreeDirectory } from './tree-directory.js';
import { collect, failedWith, type Work } from './work.js';

const ALL_BITS = 0o7777;
const OWNER = 0o700;

/**
 * Gives directories their modes and times, which filling them would have prevented or changed, and removes those of the
 * source that `removeSource` has emptied: the deepest first.
 */
export async function finishDirectories(work: Work, directories: readonly TreeDirectory[]): Promise<void> {
  if (work.plan.dryRun) return;
  const levels = new Map<number, TreeDirectory[]>();
  for (const directory of directories) {
    const level = levels.get(directory.depth);
    if (level === undefined) levels.set(directory.depth, [directory]);
    else level.push(directory);
  }
  const deepestFirst = [...levels].sort(([a], [b]) => b - a);
  for (const [, level] of deepestFirst) {
    await Promise.all(level.map((directory) => finish(work, directory).catch((error) => collect(work, error))));
  }
}

/** Whether there is anything to do for a directory once it is filled. */
export function needsFinish(work: Work, { stats, existed }: TreeDirectory): boolean {
  const { mode, times, removeSource } = work.plan;
  if (mode === 'exact' || times || removeSource) return true;
  return mode === 'masked' && !existed && (stats.mode & OWNER) !== OWNER;
}

async function finish(work: Work, directory: TreeDirectory): Promise<void> {
  const { plan, to, from } = work;
  const { stats, target } = directory;
  if (directory.wanted) {
    if (plan.mode === 'exact') {
      if (!Number.isNaN(stats.mode)) await to.files.chmod(target, stats.mode & ALL_BITS);
    } else if (plan.mode === 'masked' && !directory.existed && (stats.mode & OWNER) !== OWNER) {
      // What it was made with, less the umask, less what its source lacks.
      const made = await to.files.lstat(target);
      await to.files.chmod(target, made.mode & stats.mode & ALL_BITS);
    }
    if (plan.times && !Number.isNaN(stats.mtimeMs)) await to.files.utimes(target, stats);
  }
  work.stall.moved();
  if (!plan.removeSource) return;
  await from.files.rmdir(directory.source).catch((error) => {
    // Not empty: something in it was left out, or failed.
    if (!failedWith(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR')) throw error;
  });
}
