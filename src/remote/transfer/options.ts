import type { Abortable } from '../../core/abort.js';
import { checkTimeout } from '../../core/deadline.js';
import { OptionError } from '../../core/hawser-error.js';
import { checkLimit } from '../../core/limiter.js';
import type { Stats } from '../files/stats.js';
import type { EntryKind, EntryOutcome } from './entry-outcome.js';
import type { TransferProgress } from './progress.js';

/** One thing in the source of a transfer. */
export interface TransferEntry {
  /** Relative to the root, with `/` between names; a single file's own name. */
  readonly path: string;
  readonly kind: EntryKind;
  /** Of the source; `undefined` where the listing of its directory told no more than the kind. */
  readonly stats: Stats | undefined;
}

/** What is done where the target has something already. See {@link TransferOptions.overwrite}. */
export type Overwrite = 'always' | 'if-different' | 'never' | 'error';

/** How a written file is checked. See {@link TransferOptions.verify}. */
export type Verify = 'none' | 'size' | 'sha256';

/** Options of uploads, downloads and copies between two machines. */
export interface TransferOptions extends Abortable {
  /**
   * Globs over the path relative to the root, `/` between names (`*.log` is one level, `**` any number): what of a tree
   * is taken. Default: everything. A directory that matches is taken with all that is in it; where nothing below a
   * directory can match it is not even listed, and where nothing did it is not made.
   */
  readonly include?: string | readonly string[] | undefined;
  /** Globs as for `include`: what is left out, and wins over `include`. A directory that matches is not entered. */
  readonly exclude?: string | readonly string[] | undefined;
  /** Says whether an entry is taken, after the globs; `false` for a directory leaves out all that is in it. */
  readonly filter?: ((entry: TransferEntry) => boolean | Promise<boolean>) | undefined;
  /**
   * Whether links inside of a tree are replaced by what they lead to. Default `false`: links are kept as links. `'within'`
   * follows those that lead to something in the same tree, and fails others with `EPERM`; links to nothing, and to a
   * directory above, are kept. The root itself is always followed.
   */
  readonly followSymlinks?: boolean | 'within' | undefined;
  /**
   * `mode`: permissions are those of the source to the bit, set-user-id and the like included. `times`: modification
   * and access times are those of the source. `true` is both. Left out, as with scp and rsync without `-p`: a new file
   * has the source's `rwx` bits less the umask of the target, a replaced file keeps its mode, and times are new. `false`
   * (for either): new files get the target's default mode.
   */
  readonly preserve?: boolean | { readonly mode?: boolean; readonly times?: boolean } | undefined;
  /** How many files are under way at once. Default 64; big files count for more. */
  readonly concurrency?: number | undefined;
  /**
   * What becomes of a file or a link that is there already: `'always'` (the default) replaces it; `'if-different'` skips
   * it where size and modification time (to the second) are equal, or where size and SHA-256 are; `'never'` skips it;
   * `'error'` fails it with `EEXIST`.
   */
  readonly overwrite?: Overwrite | undefined;
  /**
   * How a written file is checked before it takes the target's place. Default `'none'`: every write has been
   * acknowledged. `'size'` asks the target for its size; `'sha256'` for its digest, computed over there if it can.
   */
  readonly verify?: Verify | undefined;
  /**
   * Whether what an interrupted transfer left is gone on with, when a digest shows that it is the beginning of the
   * source. Default `false`. With it an interruption leaves the part beside the target.
   */
  readonly resume?: boolean | undefined;
  /** Whether each source file is deleted once its copy is in place, and directories that this empties. */
  readonly removeSource?: boolean | undefined;
  /**
   * Whether what the target tree has and the source has not is deleted, and what stands in the way of another kind of
   * thing is replaced. What `include` and `exclude` leave out stays. Nothing is deleted from a directory whose source could
   * not be listed. Default `false`.
   */
  readonly delete?: boolean | undefined;
  /**
   * Default `true`: a file is written beside the target as `.NAME.hawser-XXXXXXXX`, synchronized to the disk where that
   * can be asked for, and renamed over it: whoever looks finds the old file or the new one. (Small files of a tree that
   * replace nothing are not synchronized, and where the target has a shell they go through a directory `.hawser-XXXXXXXX`
   * in the root, many at a time.) What a lost link leaves behind, the next transfer of the same file removes, or goes
   * on with by `resume`. `false` writes in place.
   */
  readonly atomic?: boolean | undefined;
  /** Whether everything is looked at and counted, and nothing changed. Default `false`. */
  readonly dryRun?: boolean | undefined;
  /** Called as the transfer goes on, some ten times a second at most, and once at its end. */
  readonly onProgress?: ((p: TransferProgress) => void) | undefined;
  /** Called for each thing once it is copied, skipped or deleted; with `dryRun`, would be: what rsync(1) lists with `-i`. */
  readonly onEntry?: ((outcome: EntryOutcome) => void) | undefined;
  /**
   * How long nothing may move before the transfer is given up with a `TimeoutError`, in milliseconds. Default 120,000;
   * `Infinity` for no limit.
   */
  readonly stallTimeout?: number | undefined;
  /**
   * What becomes of links that lead out of the tree: absolute ones, and ones with `..` beyond the root or after a name.
   * `'refuse'` fails them with `EPERM`, and is the default where the source is another machine; `'keep'` copies them as
   * they are, the default where it is this one.
   */
  readonly unsafeLinks?: 'refuse' | 'keep' | undefined;
}

/** {@link TransferOptions} with every default filled in and every value checked. */
export interface TransferPlan {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly filter: ((entry: TransferEntry) => boolean | Promise<boolean>) | undefined;
  readonly followSymlinks: boolean | 'within';
  /** `'exact'`: to the bit. `'masked'`: less the umask. `'plain'`: the target's default. */
  readonly mode: 'exact' | 'masked' | 'plain';
  readonly times: boolean;
  readonly concurrency: number;
  readonly overwrite: Overwrite;
  readonly verify: Verify;
  readonly resume: boolean;
  readonly removeSource: boolean;
  readonly delete: boolean;
  readonly atomic: boolean;
  readonly dryRun: boolean;
  readonly onProgress: ((p: TransferProgress) => void) | undefined;
  readonly onEntry: ((outcome: EntryOutcome) => void) | undefined;
  /** `undefined`: no limit. */
  readonly stallTimeout: number | undefined;
  readonly unsafeLinks: 'refuse' | 'keep' | undefined;
  readonly signal: AbortSignal | undefined;
}

const DEFAULT_CONCURRENCY = 64;
const DEFAULT_STALL_TIMEOUT = 120_000;
const OVERWRITE = ['always', 'if-different', 'never', 'error'] as const;
const VERIFY = ['none', 'size', 'sha256'] as const;
const UNSAFE_LINKS = ['refuse', 'keep'] as const;

/** Checks the options of a transfer. Throws {@link OptionError} for one that cannot be meant. */
export function planTransfer(o: TransferOptions): TransferPlan {
  const resume = flag('resume', o.resume, false);
  const atomic = flag('atomic', o.atomic, true);
  if (resume && !atomic) {
    throw new OptionError('Expected no `resume` beside `atomic: false`: what is gone on with lies beside the target.');
  }
  const mode = preserved('mode', o.preserve);
  return {
    include: globs('include', o.include),
    exclude: globs('exclude', o.exclude),
    filter: callable('filter', o.filter),
    followSymlinks: o.followSymlinks === 'within' ? 'within' : flag('followSymlinks', o.followSymlinks, false),
    mode: mode === undefined ? 'masked' : mode ? 'exact' : 'plain',
    times: preserved('times', o.preserve) ?? false,
    concurrency: o.concurrency === undefined ? DEFAULT_CONCURRENCY : checkLimit('concurrency', o.concurrency),
    overwrite: oneOf('overwrite', OVERWRITE, o.overwrite ?? 'always'),
    verify: oneOf('verify', VERIFY, o.verify ?? 'none'),
    resume,
    removeSource: flag('removeSource', o.removeSource, false),
    delete: flag('delete', o.delete, false),
    atomic,
    dryRun: flag('dryRun', o.dryRun, false),
    onProgress: callable('onProgress', o.onProgress),
    onEntry: callable('onEntry', o.onEntry),
    stallTimeout: checkTimeout('stallTimeout', o.stallTimeout ?? DEFAULT_STALL_TIMEOUT),
    unsafeLinks: o.unsafeLinks === undefined ? undefined : oneOf('unsafeLinks', UNSAFE_LINKS, o.unsafeLinks),
    signal: o.signal,
  };
}

function flag(name: string, value: boolean | undefined, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  throw new OptionError(`Expected the \`${name}\` option to be true or false, got ${String(value)}.`);
}

function callable<F extends (...args: never[]) => unknown>(name: string, value: F | undefined): F | undefined {
  if (value === undefined || typeof value === 'function') return value;
  throw new OptionError(`Expected the \`${name}\` option to be a function, got ${typeof value}.`);
}

function oneOf<T extends string>(name: string, known: readonly T[], value: T): T {
  if (known.includes(value)) return value;
  const words = known.map((word) => `"${word}"`).join(', ');
  throw new OptionError(`Expected the \`${name}\` option to be one of ${words}, got ${JSON.stringify(value)}.`);
}

function globs(name: string, value: string | readonly string[] | undefined): readonly string[] {
  const list = value === undefined ? [] : typeof value === 'string' ? [value] : [...value];
  for (const glob of list) {
    if (typeof glob !== 'string' || glob === '') {
      throw new OptionError(`Expected the \`${name}\` option to be globs, got ${JSON.stringify(glob)}.`);
    }
    if (glob.startsWith('/')) {
      throw new OptionError(
        `Expected the globs of \`${name}\` to be relative to the root of the transfer, got ${JSON.stringify(glob)}.`,
      );
    }
  }
  return list;
}

/** `undefined` where nothing was said of it. */
function preserved(name: 'mode' | 'times', preserve: TransferOptions['preserve']): boolean | undefined {
  if (preserve === undefined || typeof preserve === 'boolean') return preserve;
  if (preserve === null || typeof preserve !== 'object') {
    throw new OptionError(
      `Expected the \`preserve\` option to be a boolean or { mode, times }, got ${String(preserve)}.`,
    );
  }
  const value = preserve[name];
  return value === undefined ? undefined : flag(`preserve.${name}`, value, false);
}
