import { nameFromBytes } from '../files/names.js';
import type { Stats } from '../files/stats.js';
import { followLink } from './follow-link.js';
import { isUnsafeName } from './safe-link.js';
import type { TreeDirectory } from './tree-directory.js';
import { collect, fileFailure, inside, type Work } from './work.js';

/** One thing in a directory of the source. */
export interface SourceEntry {
  readonly name: Buffer;
  readonly source: Buffer;
  readonly target: Buffer;
  /** Relative to the root. */
  readonly path: string;
  /** Of what is copied: of what a link leads to where links are followed. */
  readonly stats: Stats;
  /** Whether it was a link that is followed. */
  readonly followed: boolean;
  /** Where it leads to, of a link out of the tree that is not to be followed there. */
  readonly leadsOut: Buffer | undefined;
}

/**
 * What is in a directory of the source, as it is listed. Names that no directory can hold, and names that come twice, are
 * refused: no honest server sends them. What cannot be looked at is collected.
 *
 * @param seen gets every name of the listing, as latin1.
 */
export async function* sourceEntries(
  work: Work,
  directory: TreeDirectory,
  seen: Set<string>,
): AsyncGenerator<readonly SourceEntry[], void, void> {
  const { files } = work.from;
  const look = async (name: Buffer, known: Stats | undefined): Promise<SourceEntry | undefined> => {
    const source = inside(directory.source, name);
    try {
      checkName(work, directory, name, seen);
      const own = known ?? files.atOnce?.lstat(source) ?? (await files.lstat(source));
      const following = own.isSymbolicLink() ? await followLink(work, directory, source) : 'kept';
      const followed = following !== 'kept' && 'stats' in following;
      const stats = followed ? following.stats : own;
      const leadsOut = following !== 'kept' && 'leadsOut' in following ? following.leadsOut : undefined;
      const target = inside(directory.target, name);
      return { name, source, target, path: directory.pathOf(nameFromBytes(name)), stats, followed, leadsOut };
    } catch (error) {
      collect(work, error);
      return undefined;
    }
  };
  for await (const batch of files.list(directory.source)) {
    const entries = await Promise.all(batch.map(({ name, stats }) => look(name, told(stats))));
    work.stall.moved();
    yield entries.filter((entry) => entry !== undefined);
  }
}

/** The stats of a listing, where they tell what kind of thing it is and how large. */
function told(stats: Stats | undefined): Stats | undefined {
  return stats === undefined || Number.isNaN(stats.mode) || Number.isNaN(stats.size) ? undefined : stats;
}

function checkName(work: Work, directory: TreeDirectory, name: Buffer, seen: Set<string>): void {
  const key = name.toString('latin1');
  const detail = isUnsafeName(name, work.to.files.kind === 'local')
    ? `the server lists the name ${JSON.stringify(nameFromBytes(name))}, which would lead elsewhere: refused`
    : seen.has(key)
      ? 'the server lists this name twice: refused'
      : undefined;
  seen.add(key);
  if (detail === undefined) return;
  throw fileFailure(work.from, 'EINVAL', { syscall: 'scandir', path: inside(directory.source, name), detail });
}
