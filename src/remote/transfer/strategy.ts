import type { OpenFile } from '../files/file-driver.js';
import type { FileJob } from './file-job.js';
import type { FileMeter } from './file-meter.js';
import type { SmallFile } from './small-file.js';
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

/** A file for a bundle, and what counts it. */
export interface BundleFile {
  readonly job: FileJob;
  readonly meter: FileMeter;
}

/** What became of the files of a bundle. Bytes have been counted as they moved, for the first two kinds. */
export interface BundleOutcome<F extends BundleFile> {
  /** In their places, whole, with their modes and times. */
  readonly sent: readonly F[];
  /** Here, to be written one by one. */
  readonly fetched: readonly { readonly file: F; readonly content: SmallFile }[];
  /** To be copied one by one, from the beginning: what failed is tried again there, and tells why. */
  readonly left: readonly F[];
}

/** A way to carry many small files in one stream. */
export interface Bundler {
  /** Whether a file is one for a bundle. */
  fits(job: FileJob): boolean;
  /**
   * Carries files whose directories are there. An interruption leaves each of them whole or missing. Throws what ends the
   * transfer, and nothing else.
   */
  carry<F extends BundleFile>(files: readonly F[]): Promise<BundleOutcome<F>>;
}

/** The quicker ways that a transfer has beside one file after another over one channel. */
export interface Strategy {
  readonly moveBytes?: ByteMover | undefined;
  /** Gives the way to bundle files where the ends are fit for it; asked once a tree, before the first file. */
  readonly openBundler?: ((work: Work) => Bundler | undefined) | undefined;
}
