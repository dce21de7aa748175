import type { Stats } from '../files/stats.js';
import type { Candidate } from './candidate.js';
import type { FilePlace } from './regular-file.js';

/** What was learned of a server. */
export interface Server {
  /** Whether it has been seen to answer requests in another order than theirs: OpenSSH's never does. */
  reorders: boolean;
}

/** What is looked for among files that were rotated away. */
export interface Search {
  /** Whether an open file is the one that is meant. */
  readonly isIt: (candidate: Candidate) => Promise<boolean>;
  /** As `isIt`, as far as it can be told of a file that is not open. */
  readonly mayBe: (stats: Stats) => boolean;
  /** Whether a file was read already. */
  readonly isRead: (candidate: Candidate) => Promise<boolean>;
  /** Whether calls are answered at once, and those made side by side in any order: not so over SFTP. */
  readonly isNear: boolean;
  /** What is known of the server. */
  readonly server: Server;
  /** Files modified before, in milliseconds since the epoch, are none that came later. */
  readonly since: number;
}

/** A compressed file. */
export interface CompressedFile {
  readonly name: string;
  readonly mtimeMs: number;
}

/** Opens a file, and sees to it that it is closed. `isChecked`: it was asked before whether it may be opened. */
export type Open = (place: FilePlace, isChecked?: boolean) => Promise<Candidate | undefined>;
