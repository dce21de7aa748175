import type { FileError } from './file-error.js';

/** What a transfer did. */
export interface TransferSummary {
  /** Files that were copied; with `dryRun`, that would have been. */
  readonly files: number;
  /** Their bytes, including those that a resumed part had. */
  readonly bytes: number;
  /** Directories that were made. */
  readonly directories: number;
  /** Links that were made. */
  readonly links: number;
  /** Files and links that were there already, and left as they were by `overwrite`. */
  readonly skipped: number;
  /** Things that `delete` removed from the target, each file, link and directory counted. */
  readonly deleted: number;
  /** What could not be copied, and why; the rest was. */
  readonly failed: readonly FileError[];
  readonly durationMs: number;
}

/** What two transfers did together, one after the other. */
export function bothTransfers(a: TransferSummary, b: TransferSummary): TransferSummary {
  return {
    files: a.files + b.files,
    bytes: a.bytes + b.bytes,
    directories: a.directories + b.directories,
    links: a.links + b.links,
    skipped: a.skipped + b.skipped,
    deleted: a.deleted + b.deleted,
    failed: [...a.failed, ...b.failed],
    durationMs: a.durationMs + b.durationMs,
  };
}
