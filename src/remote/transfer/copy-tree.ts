import type { DirectoryEntry } from '../files/file-driver.js';
import { nameFromBytes } from '../files/names.js';
import type { Stats } from '../files/stats.js';
import { Bundles } from './bundles.js';
import { copyLink } from './copy-link.js';
import { Deletions } from './deletions.js';
import { stagePrefix } from './draft-name.js';
import { kindOf } from './entry-outcome.js';
import { FileMeter } from './file-meter.js';
import { finishDirectories, needsFinish } from './finish-directories.js';
import { InFlight } from './in-flight.js';
import { removeTree } from './remove-tree.js';
import { Selection } from './selection.js';
import { type SourceEntry, sourceEntries } from './source-entries.js';
import { statOrNothing } from './target-path.js';
import { inTheWay, TreeDirectory } from './tree-directory.js';
import { checkGoing, collect, failedWith, fileFailure, inside, type Work } from './work.js';

/** How many directories are listed at once. */
const VISITS = 16;

/** What a directory of the target holds, by name as latin1. */
type Names = ReadonlyMap<string, DirectoryEntry>;

/**
 * Copies what is in a directory into another one, which is made where it is missing.
 *
 * @throws FileError where the root cannot be listed or made; everything below is collected.
 */
export async function copyTree(work: Work, source: Buffer, target: Buffer, stats: Stats): Promise<void> {
  const there = await statOrNothing(work.to, target);
  if (there !== undefined && !there.isDirectory()) throw inTheWay(work, target, there);
  const existed = there !== undefined && !work.tally.hasMade('');
  await new TreeCopy(work).run(
    new TreeDirectory(work, { source, target, path: '', parent: undefined, stats, existed }),
  );
}

class TreeCopy {
  readonly #work: Work;
  readonly #selection: Selection;
  readonly #inFlight: InFlight;
  readonly #files: Bundles;
  readonly #deletions: Deletions;
  readonly #toVisit: TreeDirectory[] = [];
  readonly #toFinish: TreeDirectory[] = [];

  constructor(work: Work) {
    this.#work = work;
    this.#selection = new Selection(work.plan.include, work.plan.exclude);
    this.#inFlight = new InFlight(work.plan.concurrency, work.signal);
    this.#files = new Bundles(work, this.#inFlight);
    this.#deletions = new Deletions(work, this.#selection);
  }

  async run(root: TreeDirectory): Promise<void> {
    this.#toVisit.push(root);
    await this.#walk();
    await this.#files.flush();
    this.#work.meter.scanned();
    await this.#inFlight.settled();
    checkGoing(this.#work);
    await this.#deletions.run();
    await finishDirectories(this.#work, this.#toFinish);
  }

  async #walk(): Promise<void> {
    const visits = new Set<Promise<void>>();
    while (!this.#work.signal.aborted) {
      const directory = visits.size < VISITS ? this.#toVisit.pop() : undefined;
      if (directory !== undefined) {
        const visit = this.#visit(directory).finally(() => visits.delete(visit));
        visits.add(visit);
      } else if (visits.size > 0) await Promise.race(visits);
      else return;
    }
    await Promise.all(visits);
  }

  /** Copies what one directory holds, and notes the directories in it. Never throws: the root's failure ends the work. */
  async #visit(directory: TreeDirectory): Promise<void> {
    const work = this.#work;
    try {
      if (this.#selection.all) await directory.make();
      const there = directory.existed ? await this.#names(directory) : new Map<string, DirectoryEntry>();
      if (directory.parent === undefined) await this.#clearStages(directory, there);
      const seen = new Set<string>();
      for await (const batch of sourceEntries(work, directory, seen)) {
        for (const entry of batch) await this.#take(directory, entry, there.get(entry.name.toString('latin1')));
      }
      if (work.plan.delete) this.#noteExtras(directory, there, seen);
      if (needsFinish(work, directory)) this.#toFinish.push(directory);
    } catch (error) {
      if (directory.parent === undefined) work.fail(error);
      else this.#collect(error);
    }
  }

  /** Removes what a bundle left when its link was lost. */
  async #clearStages({ target }: TreeDirectory, there: Map<string, DirectoryEntry>): Promise<void> {
    const prefix = stagePrefix(this.#work, target);
    for (const [key, { name }] of there) {
      if (!key.startsWith(prefix) || this.#work.plan.dryRun) continue;
      there.delete(key);
      // Its command may be removing it as well.
      await removeTree(this.#work, inside(target, name)).catch((error) => {
        if (!failedWith(error, 'ENOENT', 'ENOTEMPTY')) this.#collect(error);
      });
    }
  }

  async #names(directory: TreeDirectory): Promise<Map<string, DirectoryEntry>> {
    const names = new Map<string, DirectoryEntry>();
    for await (const batch of this.#work.to.files.list(directory.target)) {
      for (const entry of batch) names.set(entry.name.toString('latin1'), entry);
    }
    return names;
  }

  #noteExtras(directory: TreeDirectory, there: Names, seen: ReadonlySet<string>): void {
    for (const [key, { name }] of there) {
      if (!seen.has(key)) this.#deletions.add(inside(directory.target, name), directory.pathOf(nameFromBytes(name)));
    }
  }

  async #take(directory: TreeDirectory, entry: SourceEntry, there: DirectoryEntry | undefined): Promise<void> {
    checkGoing(this.#work);
    if (this.#work.tally.isSettled(entry.path)) return;
    try {
      if (!(await this.#selects(entry))) return;
      if (entry.leadsOut !== undefined) throw refused(this.#work, entry.source, entry.leadsOut);
      const existing = there && (await this.#existing(entry, there));
      if (entry.stats.isDirectory()) await this.#directory(directory, entry, existing);
      else if (entry.stats.isSymbolicLink()) await this.#link(directory, entry, existing);
      else if (entry.stats.isFile()) await this.#file(directory, entry, existing);
      else throw special(this.#work, entry.source);
    } catch (error) {
      this.#collect(error);
    }
  }

  async #selects({ path, stats, leadsOut }: SourceEntry): Promise<boolean> {
    if (this.#selection.excludes(path)) return false;
    if (leadsOut !== undefined && !this.#selection.namesWithin(path)) return false;
    const mayHold = stats.isDirectory() || leadsOut !== undefined;
    if (mayHold ? !this.#selection.mayHold(path) : !this.#selection.includes(path)) return false;
    return (await this.#work.plan.filter?.({ path, kind: kindOf(stats), stats })) ?? true;
  }

  /** What stands at the target: replaced by `delete` where it is another kind of thing. */
  async #existing(entry: SourceEntry, there: DirectoryEntry): Promise<Stats | undefined> {
    const { to, plan } = this.#work;
    const found =
      there.stats !== undefined && !Number.isNaN(there.stats.mode) ? there.stats : await to.files.lstat(entry.target);
    if (found.isDirectory() === entry.stats.isDirectory()) return found;
    if (plan.delete && (await this.#deletions.remove(entry.target, entry.path))) return undefined;
    if (entry.stats.isDirectory()) throw inTheWay(this.#work, entry.target, found);
    throw fileFailure(to, 'EISDIR', { syscall: 'open', path: entry.target });
  }

  async #directory(parent: TreeDirectory, entry: SourceEntry, existing: Stats | undefined): Promise<void> {
    if (entry.followed && (await this.#leadsBack(parent, entry))) {
      if (this.#work.plan.followSymlinks === 'within') {
        if (this.#selection.includes(entry.path)) await this.#link(parent, entry, existing);
        return;
      }
      const detail = 'it leads back to above itself';
      throw fileFailure(this.#work.from, 'ELOOP', { syscall: 'scandir', path: entry.source, detail });
    }
    const { source, target, path, stats } = entry;
    const existed = existing !== undefined && !this.#work.tally.hasMade(path);
    const directory = new TreeDirectory(this.#work, { source, target, path, parent, stats, existed });
    // A directory that is asked for by name is made even if it is empty.
    if (!this.#selection.all && this.#selection.includes(path)) await directory.make();
    this.#toVisit.push(directory);
  }

  /** A link to a directory above itself would be followed for ever. */
  async #leadsBack(parent: TreeDirectory, { source }: SourceEntry): Promise<boolean> {
    const { files } = this.#work.from;
    const here = await files.realpath(source);
    for (let above: TreeDirectory | undefined = parent; above !== undefined; above = above.parent) {
      if ((await files.realpath(above.source)).equals(here)) return true;
    }
    return false;
  }

  async #link(directory: TreeDirectory, entry: SourceEntry, existing: Stats | undefined): Promise<void> {
    const { tally, plan, from } = this.#work;
    const { source, target, path } = entry;
    await this.#inFlight.add(0, async () => {
      try {
        await directory.make();
        if (await copyLink(this.#work, { source, target, path, depth: directory.depth, existing })) tally.link(path);
        else tally.skipped(path, entry.stats);
        if (plan.removeSource && !plan.dryRun) await from.files.unlink(source);
      } catch (error) {
        this.#collect(error);
      }
    });
  }

  async #file(directory: TreeDirectory, entry: SourceEntry, existing: Stats | undefined): Promise<void> {
    const { source, target, path, stats } = entry;
    const job = { source, target, path, stats, existing, alone: false };
    await this.#files.add({ job, meter: new FileMeter(this.#work, job), directory });
  }

  /** A file's failure is noted; any other one ends the work. */
  #collect(error: unknown): void {
    try {
      collect(this.#work, error);
    } catch (fatal) {
      this.#work.fail(fatal);
    }
  }
}

function refused(work: Work, link: Buffer, real: Buffer): Error {
  const detail = 'the link leads out of the tree, and is not followed';
  return fileFailure(work.from, 'EPERM', { syscall: 'open', path: link, dest: real, detail });
}

function special(work: Work, path: Buffer): Error {
  const detail = 'pipes, sockets and devices are not copied';
  return fileFailure(work.from, 'ENOTSUP', { syscall: 'open', path, detail });
}
