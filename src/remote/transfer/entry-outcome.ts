import type { Stats } from '../files/stats.js';

/** What a transfer takes something for. */
export type EntryKind = 'file' | 'directory' | 'link' | 'other';

/** What became of one thing in a transfer; with `dryRun`, what would. What failed is in the summary. */
export interface EntryOutcome {
  /**
   * `'copied'`: a file is in its place, a link or a directory is made. `'skipped'`: it was there already and stays as it
   * is, by `overwrite`. `'deleted'`: it is gone from the target, by `delete`.
   */
  readonly action: 'copied' | 'skipped' | 'deleted';
  readonly kind: EntryKind;
  /** Relative to the root, with `/` between names, `''` for the root itself; a single file's own name. */
  readonly path: string;
  /** Of a file, in bytes; `undefined` of anything else, and where the machine does not tell. */
  readonly size: number | undefined;
}

/** The kind of what has these stats. */
export function kindOf(stats: Stats): EntryKind {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'link' : 'other';
}
