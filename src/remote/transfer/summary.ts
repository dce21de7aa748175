import type { FileError } from '../../core/file-error.js';

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

/** Counts what a transfer does. */
export class Tally {
  files = 0;
  bytes = 0;
  directories = 0;
  links = 0;
  skipped = 0;
  deleted = 0;
  readonly failed: FileError[] = [];
  readonly #begun: number = performance.now();

  /** What has been done so far. */
  summary(): TransferSummary {
    const { files, bytes, directories, links, skipped, deleted } = this;
    const durationMs = performance.now() - this.#begun;
    return { files, bytes, directories, links, skipped, deleted, failed: [...this.failed], durationMs };
  }
}
