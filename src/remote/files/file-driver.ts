import type { StatFs, Stats } from './stats.js';

/** One name in a directory. */
export interface DirectoryEntry {
  /** Without the directory, never `.` or `..`. From a hostile server it may still hold `/`: drivers refuse that. */
  readonly name: Buffer;
  /** What the listing told of it, its links not followed; `undefined` where it told only names. */
  readonly stats: Stats | undefined;
  /** The kind of file, as the `S_IFMT` bits of stat(2); `undefined` where the listing did not tell. */
  readonly kind: number | undefined;
}

/** Times in milliseconds since the epoch. */
export interface FileTimes {
  readonly atimeMs: number;
  readonly mtimeMs: number;
}

/** Options of {@link OpenFile.pull}. */
export interface PullOptions {
  /** The first byte. */
  readonly start: number;
  /** The byte after the last one. Default: the end of the file, wherever it is found to be. */
  readonly end?: number | undefined;
  /** The size that the file is believed to have: no more than one request looks beyond it. */
  readonly expected?: number | undefined;
  /** Whether `take` gets the pieces in the order of the file. Out of order is faster. */
  readonly inOrder: boolean;
  /** Takes bytes that lie at `position`. While a promise of it is pending, no more than the window is asked for. */
  readonly take: (position: number, pieces: readonly Buffer[]) => void | Promise<void>;
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link OpenFile.push}. */
export interface PushOptions {
  /** Where the first byte goes. */
  readonly start: number;
  /**
   * The next bytes, `length` of them or fewer; `undefined` at the end. Called in order, never twice at a time. The
   * bytes are left alone until `push` has settled or `written` has named them.
   */
  readonly next: (length: number) => Promise<readonly Buffer[] | undefined>;
  /** Called when the next bytes in order have been acknowledged, with how many. */
  readonly written?: ((length: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link FileDigest.value}. */
export interface DigestOptions {
  readonly signal: AbortSignal;
  /** Called whenever it has come a little farther. */
  readonly moved: () => void;
}

/** A digest that is made once for all who read a file. */
export interface FileDigest {
  /**
   * It, in hex. What nobody has read by now is read for it. Throws as reading the file does, and `ESTALE` where the file
   * ends before.
   */
  value(o: DigestOptions): Promise<string>;
}

/** An open file of a {@link FileDriver}. Its calls may be made side by side. */
export interface OpenFile {
  /** Whether the pieces that `pull` hands on are the taker's alone, each with memory of its own, to be released. */
  readonly givesAway?: boolean;
  /** Up to `length` bytes from `position` on; an empty list at the end of the file, and nowhere else. */
  read(position: number, length: number): Promise<readonly Buffer[]>;
  /**
   * As {@link read}, into memory of the caller's, which can so be used again: offered where nothing is copied for it.
   * Settles with how many bytes came, 0 at the end of the file.
   */
  readInto?(position: number, into: Buffer): Promise<number>;
  /**
   * SHA-256 over the first `length` bytes, out of what is read from now on by anybody: offered where many read one file,
   * so that each need not compute it.
   */
  digest?(length: number): FileDigest;
  /** Writes all of it. A file opened to append takes it at its end, whatever `position` says. */
  write(position: number, pieces: readonly Buffer[]): Promise<void>;
  /** Reads with as much under way as pays. Settles with the position at which it ended. */
  pull(o: PullOptions): Promise<number>;
  /** Writes with as much under way as pays. Settles, all acknowledged, with the position at which it ended. */
  push(o: PushOptions): Promise<number>;
  stat(): Promise<Stats>;
  truncate(length: number): Promise<void>;
  chmod(mode: number): Promise<void>;
  chown(uid: number, gid: number): Promise<void>;
  utimes(times: FileTimes): Promise<void>;
  /** fsync(2). Throws `ENOSYS` where the server cannot. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What a way to files may be able to do beside the rest. */
export type FileAbility = 'fsync' | 'copy' | 'statfs' | 'link' | 'rename-over' | 'append' | 'random-access';

/** Answers without waiting. `undefined`: it cannot be had at once, for whatever reason, and has to be asked for. */
export interface AtOnce {
  lstat(path: Buffer): Stats | undefined;
  /** All bytes of a file that has `size` of them and no more. */
  read(path: Buffer, size: number): Buffer | undefined;
}

/**
 * What each way to a machine's files does in its own manner: SFTP, Node's `fs`, a shell. Everything else is built on it
 * once, for all of them. Paths are bytes, absolute or from the directory in which the session began; `~` has been
 * expanded. Everything thrown is a `FileError` with Node's code, or the error that ended the link.
 */
export interface FileDriver {
  /** `'sftp'`, `'local'` or `'shell'`, for people to read. */
  readonly kind: string;
  readonly abilities: ReadonlySet<FileAbility>;
  /** Whether it can still be used: not once its session has ended, whoever ended it. */
  readonly usable: boolean;
  /** Where answers come from memory as a rule: for work on very many small files. */
  readonly atOnce?: AtOnce | undefined;
  /** The home directory, of the named user where one is given. */
  home(user?: string): Promise<Buffer>;
  /** `flags` are those of open(2), as in `fs.constants`. */
  open(path: Buffer, flags: number, mode: number): Promise<OpenFile>;
  stat(path: Buffer): Promise<Stats>;
  lstat(path: Buffer): Promise<Stats>;
  /** The names in a directory, in the order of the server, as many at a time as it gives. */
  list(path: Buffer): AsyncIterable<readonly DirectoryEntry[]>;
  mkdir(path: Buffer, mode: number): Promise<void>;
  /** As mkdir(1) with `-p`, in as few round trips as it can: what is missing above is made too, one that is there will do. */
  ensureDirectory(path: Buffer, mode: number): Promise<void>;
  rmdir(path: Buffer): Promise<void>;
  unlink(path: Buffer): Promise<void>;
  /** rename(2): what stands at `to` is replaced in one step. `ENOTSUP` where the server cannot, and something does. */
  rename(from: Buffer, to: Buffer): Promise<void>;
  link(existing: Buffer, path: Buffer): Promise<void>;
  symlink(target: Buffer, path: Buffer): Promise<void>;
  readlink(path: Buffer): Promise<Buffer>;
  realpath(path: Buffer): Promise<Buffer>;
  truncate(path: Buffer, length: number): Promise<void>;
  chmod(path: Buffer, mode: number): Promise<void>;
  chown(path: Buffer, uid: number, gid: number): Promise<void>;
  utimes(path: Buffer, times: FileTimes): Promise<void>;
  /** As the three above on the link itself. `ENOSYS` where the server cannot. */
  lchmod(path: Buffer, mode: number): Promise<void>;
  lchown(path: Buffer, uid: number, gid: number): Promise<void>;
  lutimes(path: Buffer, times: FileTimes): Promise<void>;
  statfs(path: Buffer): Promise<StatFs>;
  /** Copies a file's bytes on the machine itself; `to` is open for writing. `ENOSYS` where it cannot. */
  copy(from: OpenFile, to: OpenFile): Promise<void>;
  /**
   * access(2), `mode` as in `fs.constants`. Left out where there is no such call: it is judged from what `stat` tells.
   */
  access?(path: Buffer, mode: number): Promise<void>;
  /** Whether its session keeps the process alive, as it does at first. Left out where none could. */
  keepAlive?(alive: boolean): void;
  /** Ends the session and its channel; what is under way fails with `ClosedError`. Idempotent. */
  close(): Promise<void>;
}
