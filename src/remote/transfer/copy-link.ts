import type { Stats } from '../files/stats.js';
import { freshDraftPath } from './draft-name.js';
import { leadsOut } from './safe-link.js';
import { failedWith, fileFailure, type Work } from './work.js';

/** A link that is to be copied. */
export interface LinkJob {
  readonly source: Buffer;
  readonly target: Buffer;
  /** Relative to the root. */
  readonly path: string;
  /** How many directories lie between the root and the link. */
  readonly depth: number;
  /** What stands at the target, links not followed; `undefined` where nothing does. */
  readonly existing: Stats | undefined;
}

/**
 * Copies a link as a link. One that is the same already is left as it is.
 *
 * @returns whether there was anything to do.
 * @throws FileError `EPERM` for a link that leads out of the tree, where that is refused.
 */
export async function copyLink(work: Work, job: LinkJob): Promise<boolean> {
  const { source, target, existing } = job;
  const leads = await work.from.files.readlink(source);
  if (refusesUnsafe(work) && leadsOut(leads, job.depth)) {
    throw fileFailure(work.from, 'EPERM', {
      syscall: 'symlink',
      path: leads,
      dest: source,
      detail: 'the link leads out of the tree: give `unsafeLinks: "keep"` to copy such links',
    });
  }
  if (existing?.isSymbolicLink() && (await work.to.files.readlink(target)).equals(leads)) return false;
  if (work.plan.dryRun) return true;
  if (existing === undefined) {
    await work.to.files.symlink(leads, target);
    return true;
  }
  const draft = freshDraftPath(target);
  await work.to.files.symlink(leads, draft);
  try {
    await work.to.files.rename(draft, target).catch(async (error) => {
      if (!failedWith(error, 'ENOTSUP', 'EEXIST')) throw error;
      await work.to.files.unlink(target);
      await work.to.files.rename(draft, target);
    });
  } catch (error) {
    await work.to.files.unlink(draft).catch(() => {});
    throw error;
  }
  return true;
}

/** A tree from this machine is trusted; one from another may want to write beside the target later on. */
function refusesUnsafe(work: Work): boolean {
  const { unsafeLinks } = work.plan;
  return unsafeLinks === undefined ? work.from.files.kind !== 'local' : unsafeLinks === 'refuse';
}
