import type { Stats } from '../files/stats.js';

/** A file that is to be copied. */
export interface FileJob {
  readonly source: Buffer;
  readonly target: Buffer;
  /** Relative to the root; a single file's name. */
  readonly path: string;
  /** What it was when it was found. */
  readonly stats: Stats;
  /** What stands at the target, links not followed; `undefined` where nothing does. */
  readonly existing: Stats | undefined;
  /** Whether it is all that is transferred. */
  readonly alone: boolean;
}

/** Files up to so many bytes are read whole before they are written. */
export const SMALL: number = 128 * 1024;
