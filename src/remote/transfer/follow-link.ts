import type { Stats } from '../files/stats.js';
import type { TreeDirectory } from './tree-directory.js';
import { failedWith, type Work } from './work.js';

/** What becomes of a link in a tree: it is kept as a link, it leads out of the tree and is refused, or what it leads to. */
export type Following = 'kept' | { readonly leadsOut: Buffer } | { readonly stats: Stats };

/** Looks where a link in a directory of the source leads to, as far as the transfer is to follow it. */
export async function followLink(work: Work, directory: TreeDirectory, source: Buffer): Promise<Following> {
  const { files } = work.from;
  const { followSymlinks } = work.plan;
  if (followSymlinks === false) return 'kept';
  if (followSymlinks === true) return { stats: await files.stat(source) };
  try {
    const [real, root] = await Promise.all([files.realpath(source), directory.realRoot()]);
    // A server that does not follow the link does not tell where it leads to.
    if (real.equals(source)) return 'kept';
    return isWithin(real, root) ? { stats: await files.stat(source) } : { leadsOut: real };
  } catch (error) {
    if (failedWith(error, 'ENOENT', 'ELOOP', 'ENOTDIR')) return 'kept';
    throw error;
  }
}

function isWithin(path: Buffer, root: Buffer): boolean {
  if (!path.subarray(0, root.length).equals(root)) return false;
  const next = path.length === root.length || root.at(-1) === SLASH ? SLASH : path[root.length];
  return next === SLASH || (process.platform === 'win32' && next === BACKSLASH);
}

const SLASH = 0x2f;
const BACKSLASH = 0x5c;
