import type { OpenFile } from '../files/file-driver.js';

/** Where the bytes of one file go: a draft beside the target, or the target itself. */
export interface Destination {
  /** The file that is written. */
  readonly path: Buffer;
  readonly file: OpenFile;
  /** Whether something of an earlier transfer may be in it. */
  readonly reopened: boolean;
  /** Asks the disk to keep what was written, where the server can. */
  sync(): Promise<void>;
  close(): Promise<void>;
  /** Puts the closed file in its place. */
  publish(): Promise<void>;
  /** Gives it up; `keep` leaves what is there for a later transfer to go on with. */
  discard(keep: boolean): Promise<void>;
}
