import { constants } from 'node:fs';

/** What is known of a file. SFTP tells the first six alone (draft-ietf-secsh-filexfer-02 §5), and may leave those out. */
export interface StatFields {
  /** In bytes. */
  readonly size?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** The kind of file and its permissions, as in `st_mode` of stat(2). */
  readonly mode?: number | undefined;
  /** In milliseconds since the epoch. */
  readonly atimeMs?: number | undefined;
  readonly mtimeMs?: number | undefined;
  readonly ctimeMs?: number | undefined;
  readonly birthtimeMs?: number | undefined;
  readonly dev?: number | undefined;
  readonly ino?: number | undefined;
  readonly nlink?: number | undefined;
  readonly rdev?: number | undefined;
  readonly blksize?: number | undefined;
  readonly blocks?: number | undefined;
}

/**
 * What stat(2) says of a file, with the members of `fs.Stats`. A field that the machine's protocol does not tell is
 * `NaN` (its date an invalid one), which is equal to nothing: over SFTP version 3 these are `dev`, `ino`, `nlink`,
 * `rdev`, `blksize`, `blocks`, `ctimeMs` and `birthtimeMs`, and times have whole seconds.
 */
export class Stats {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blksize: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;

  constructor(fields: StatFields) {
    this.dev = fields.dev ?? Number.NaN;
    this.ino = fields.ino ?? Number.NaN;
    this.mode = fields.mode ?? Number.NaN;
    this.nlink = fields.nlink ?? Number.NaN;
    this.uid = fields.uid ?? Number.NaN;
    this.gid = fields.gid ?? Number.NaN;
    this.rdev = fields.rdev ?? Number.NaN;
    this.size = fields.size ?? Number.NaN;
    this.blksize = fields.blksize ?? Number.NaN;
    this.blocks = fields.blocks ?? Number.NaN;
    this.atimeMs = fields.atimeMs ?? Number.NaN;
    this.mtimeMs = fields.mtimeMs ?? Number.NaN;
    this.ctimeMs = fields.ctimeMs ?? Number.NaN;
    this.birthtimeMs = fields.birthtimeMs ?? Number.NaN;
  }

  get atime(): Date {
    return new Date(this.atimeMs);
  }

  get mtime(): Date {
    return new Date(this.mtimeMs);
  }

  get ctime(): Date {
    return new Date(this.ctimeMs);
  }

  get birthtime(): Date {
    return new Date(this.birthtimeMs);
  }

  isFile(): boolean {
    return this.#is(constants.S_IFREG);
  }

  isDirectory(): boolean {
    return this.#is(constants.S_IFDIR);
  }

  isSymbolicLink(): boolean {
    return this.#is(constants.S_IFLNK);
  }

  isFIFO(): boolean {
    return this.#is(constants.S_IFIFO);
  }

  isSocket(): boolean {
    return this.#is(constants.S_IFSOCK);
  }

  isBlockDevice(): boolean {
    return this.#is(constants.S_IFBLK);
  }

  isCharacterDevice(): boolean {
    return this.#is(constants.S_IFCHR);
  }

  #is(kind: number): boolean {
    return (this.mode & constants.S_IFMT) === kind;
  }
}

/** What is known of a file system, with the members of `fs.StatFs`. */
export interface StatFs {
  /** The type as statfs(2) numbers it; 0 where it is not told. */
  readonly type: number;
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}
