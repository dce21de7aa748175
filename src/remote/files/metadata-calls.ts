import { constants } from 'node:fs';
import type { Abortable } from '../../core/abort.js';
import { access } from './access.js';
import type { FileAccess } from './file-access.js';
import { FileCalls } from './file-calls.js';
import {
  checkBigint,
  checkLength,
  chmod,
  chown,
  type StatOptions,
  statIfThere,
  type TimeLike,
  timesOf,
  utimes,
} from './metadata.js';
import {
  type ByteNameOptions,
  type NameEncoding,
  type NameOptions,
  nameOptions,
  namesIn,
  type TextNameOptions,
} from './name-encoding.js';
import type { PathLike } from './names.js';
import type { StatFs, Stats } from './stats.js';

/** What a machine's files are, and what is known of them: the calls that read and write no content. */
export abstract class MetadataCalls {
  protected readonly calls: FileCalls;

  /** `base` is where paths begin that do not begin at the root; without it they begin where the session did. */
  constructor(access: FileAccess, base?: Buffer) {
    this.calls = new FileCalls(access, base);
  }

  /** What is known of a file, its links followed; with `throwIfNoEntry: false`, `undefined` where there is none. */
  stat(path: PathLike, o: StatOptions & { readonly throwIfNoEntry: false }): Promise<Stats | undefined>;
  stat(path: PathLike, o?: StatOptions & { readonly throwIfNoEntry?: true | undefined }): Promise<Stats>;
  async stat(
    path: PathLike,
    o: StatOptions & { readonly throwIfNoEntry?: boolean | undefined } = {},
  ): Promise<Stats | undefined> {
    checkBigint(o);
    return this.calls.look('stat', o, async (call) => {
      const bytes = await call.at(path);
      return o.throwIfNoEntry === false ? statIfThere(call, bytes, 'stat') : call.files.stat(bytes);
    });
  }

  /** As {@link stat}, of a link itself. */
  async lstat(path: PathLike, o: StatOptions = {}): Promise<Stats> {
    checkBigint(o);
    return this.calls.look('lstat', o, async ({ files, at }) => files.lstat(await at(path)));
  }

  /** What is known of the file system that a path is on. */
  async statfs(path: PathLike, o: StatOptions = {}): Promise<StatFs> {
    checkBigint(o);
    return this.calls.look('statfs', o, async ({ files, at }) => files.statfs(await at(path)));
  }

  /** What a link holds. */
  readlink(path: PathLike, o: ByteNameOptions | 'buffer'): Promise<Buffer>;
  readlink(path: PathLike, o?: TextNameOptions | BufferEncoding | null): Promise<string>;
  async readlink(path: PathLike, o?: NameOptions | NameEncoding): Promise<string | Buffer> {
    return this.#name('readlink', path, o);
  }

  /** The absolute path without links. */
  realpath(path: PathLike, o: ByteNameOptions | 'buffer'): Promise<Buffer>;
  realpath(path: PathLike, o?: TextNameOptions | BufferEncoding | null): Promise<string>;
  async realpath(path: PathLike, o?: NameOptions | NameEncoding): Promise<string | Buffer> {
    return this.#name('realpath', path, o);
  }

  async chmod(path: PathLike, mode: string | number, o: Abortable = {}): Promise<void> {
    return chmod(this.calls, 'chmod', path, mode, o);
  }

  async lchmod(path: PathLike, mode: string | number, o: Abortable = {}): Promise<void> {
    return chmod(this.calls, 'lchmod', path, mode, o);
  }

  /** -1 leaves an id as it is. */
  async chown(path: PathLike, uid: number, gid: number, o: Abortable = {}): Promise<void> {
    return chown(this.calls, 'chown', path, { uid, gid }, o);
  }

  async lchown(path: PathLike, uid: number, gid: number, o: Abortable = {}): Promise<void> {
    return chown(this.calls, 'lchown', path, { uid, gid }, o);
  }

  /** Times are seconds since the epoch, or dates; SFTP keeps whole seconds. */
  async utimes(path: PathLike, atime: TimeLike, mtime: TimeLike, o: Abortable = {}): Promise<void> {
    return utimes(this.calls, 'utimes', path, timesOf(atime, mtime), o);
  }

  async lutimes(path: PathLike, atime: TimeLike, mtime: TimeLike, o: Abortable = {}): Promise<void> {
    return utimes(this.calls, 'lutimes', path, timesOf(atime, mtime), o);
  }

  async truncate(path: PathLike, length = 0, o: Abortable = {}): Promise<void> {
    return this.calls.run('truncate', o, async ({ files, at }) => files.truncate(await at(path), checkLength(length)));
  }

  /** Throws where a file may not be used as `mode` says; see {@link access} for what is known and what is guessed. */
  async access(path: PathLike, mode: number = constants.F_OK, o: Abortable = {}): Promise<void> {
    return this.calls.look('access', o, async (call) => access(call, await call.at(path), mode));
  }

  /** Whether something stands at a path, its links followed. Throws where that cannot be told (`EACCES`). */
  async exists(path: PathLike, o: Abortable = {}): Promise<boolean> {
    return (await this.#find('stat', path, o)) !== undefined;
  }

  async isFile(path: PathLike, o: Abortable = {}): Promise<boolean> {
    return (await this.#find('stat', path, o))?.isFile() ?? false;
  }

  async isDirectory(path: PathLike, o: Abortable = {}): Promise<boolean> {
    return (await this.#find('stat', path, o))?.isDirectory() ?? false;
  }

  async isSymbolicLink(path: PathLike, o: Abortable = {}): Promise<boolean> {
    return (await this.#find('lstat', path, o))?.isSymbolicLink() ?? false;
  }

  #find(kind: 'stat' | 'lstat', path: PathLike, o: Abortable): Promise<Stats | undefined> {
    if (path === '') return Promise.resolve(undefined);
    return this.calls.look(kind, o, async (call) => statIfThere(call, await call.at(path), kind));
  }

  async #name(kind: 'readlink' | 'realpath', path: PathLike, o: NameOptions | NameEncoding): Promise<string | Buffer> {
    const options: NameOptions = nameOptions(o);
    const named = namesIn(options.encoding);
    return named(await this.calls.look(kind, options, async ({ files, at }) => files[kind](await at(path))));
  }
}
