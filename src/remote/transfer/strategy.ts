import type { OpenFile } from '../files/file-driver.js';
import type { FileJob } from './file-job.js';
import type { Work } from './work.js';

/** Bytes of one file that are to be moved. */
export interface ByteMove {
  readonly job: FileJob;
  readonly source: OpenFile;
  readonly target: OpenFile;
  /** The path of `target`, which is a draft as a rule. */
  readonly targetPath: Buffer;
  /** The first byte, in both files. */
  readonly start: number;
  /** The byte after the last one: nothing is read beyond it, however much the file grows. */
  readonly end: number;
  /** Sees every byte, in order; where it is there, no byte may come out of order. */
  readonly seen?: ((pieces: readonly Buffer[]) => void) | undefined;
  /** Told how many bytes the target has acknowledged. */
  readonly written: (length: number) => void;
}

/**
 * Moves the bytes of one large file over several channels.
 *
 * @returns the position at which the source ended (less than `end` where it was shorter); `undefined`, with nothing moved,
 *   where one channel does as well.
 */
export type ByteMover = (work: Work, move: ByteMove) => Promise<number | undefined>;

/** Files that went in a bundle, and those that did not. */
export interface BundleOutcome {
  /** In their places, whole, with their modes and times. */
  readonly sent: readonly { readonly job: FileJob; readonly length: number }[];
  /** To be copied one by one: what failed is tried again there, and tells why. */
  readonly left: readonly FileJob[];
}

/**
 * Sends small files that the target does not have in one stream. Their directories are there. An interruption leaves each
 * of them whole or missing. Throws what ends the transfer, and nothing else.
 */
export type Bundler = (work: Work, files: readonly FileJob[]) => Promise<BundleOutcome>;

/** The quicker ways that a transfer has beside one file after another over one channel. */
export interface Strategy {
  readonly moveBytes?: ByteMover | undefined;
  /** Gives the way to bundle files where both ends are fit for it; asked once a tree, before the first bundle. */
  readonly openBundler?: ((work: Work) => Promise<Bundler | undefined>) | undefined;
}
