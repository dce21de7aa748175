import type { Stats } from '../files/stats.js';
import { makeDirectories } from './target-path.js';
import { failedWith, fileFailure, type Work } from './work.js';

/** Where a directory of a tree lies on both sides. */
export interface TreeDirectoryOptions {
  readonly source: Buffer;
  readonly target: Buffer;
  /** Relative to the root, with `/` between names; `''` for the root. */
  readonly path: string;
  readonly parent: TreeDirectory | undefined;
  /** What the source's directory is. */
  readonly stats: Stats;
  /** Whether the target had it before. */
  readonly existed: boolean;
}

/** Its owner has to be able to fill a directory, whatever mode it gets in the end. */
const OWNER = 0o700;
const PERMISSIONS = 0o777;

/** A directory of a tree under way: made in the target when something is to go into it. */
export class TreeDirectory {
  readonly source: Buffer;
  readonly target: Buffer;
  readonly path: string;
  readonly parent: TreeDirectory | undefined;
  readonly stats: Stats;
  readonly existed: boolean;
  /** How many names of the tree lead to it: 0 for the root. */
  readonly depth: number;
  readonly #work: Work;
  #made: Promise<void> | undefined;
  #real: Promise<Buffer> | undefined;

  constructor(work: Work, o: TreeDirectoryOptions) {
    this.#work = work;
    this.source = o.source;
    this.target = o.target;
    this.path = o.path;
    this.parent = o.parent;
    this.stats = o.stats;
    this.existed = o.existed;
    this.depth = o.parent === undefined ? 0 : o.parent.depth + 1;
  }

  /** Whether it is in the target, or on its way there. */
  get wanted(): boolean {
    return this.existed || this.#made !== undefined;
  }

  /** Where the root of the tree really is, on the source's side. */
  realRoot(): Promise<Buffer> {
    this.#real ??= this.parent?.realRoot() ?? this.#work.from.files.realpath(this.source);
    return this.#real;
  }

  /** The path of a name in it, relative to the root. */
  pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}/${name}`;
  }

  /** Makes it where it is missing, with those above it. */
  make(): Promise<void> {
    this.#made ??= this.#make();
    return this.#made;
  }

  async #make(): Promise<void> {
    await this.parent?.make();
    if (this.existed) return;
    const { plan, to, tally } = this.#work;
    if (!plan.dryRun) {
      if (this.parent === undefined) await makeDirectories(to, this.target);
      else await this.#makeHere();
    }
    tally.directory(this.path);
    this.#work.stall.moved();
  }

  async #makeHere(): Promise<void> {
    const { plan, to } = this.#work;
    const mode = plan.mode === 'plain' || Number.isNaN(this.stats.mode) ? PERMISSIONS : this.stats.mode & PERMISSIONS;
    try {
      await to.files.mkdir(this.target, mode | OWNER);
    } catch (error) {
      // Somebody else may have made it meanwhile; a link in its place would lead out of the tree.
      if (!failedWith(error, 'EEXIST')) throw error;
      const found = await to.files.lstat(this.target);
      if (!found.isDirectory()) throw inTheWay(this.#work, this.target, found);
    }
  }
}

/** Something else stands where a directory of the tree has to be. */
export function inTheWay(work: Work, target: Buffer, found: Stats): Error {
  const detail = found.isSymbolicLink()
    ? 'a symbolic link stands there, and no link below the root is written through'
    : 'something else stands there: remove it, or give `delete`';
  return fileFailure(work.to, 'ENOTDIR', { syscall: 'mkdir', path: target, detail });
}
