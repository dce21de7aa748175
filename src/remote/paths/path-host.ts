import type { Abortable } from '../../core/abort.js';
import type { Stats } from '../files/stats.js';
import type { Flavour } from './route.js';

/** One name of a listing. */
export interface ListedName {
  readonly name: string;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** What a path asks of the files of its machine: the part of `RemoteFs` that it is built on. */
export interface PathFiles {
  exists(path: string, o?: Abortable): Promise<boolean>;
  isFile(path: string, o?: Abortable): Promise<boolean>;
  isDirectory(path: string, o?: Abortable): Promise<boolean>;
  isSymbolicLink(path: string, o?: Abortable): Promise<boolean>;
  readdir(path: string, o: Abortable & { readonly withFileTypes: true }): Promise<readonly ListedName[]>;
  stat(path: string, o?: Abortable): Promise<Stats>;
  lstat(path: string, o?: Abortable): Promise<Stats>;
  readFile(path: string, o: Abortable & { readonly encoding: BufferEncoding }): Promise<string>;
  readFile(path: string, o?: Abortable): Promise<Buffer>;
  writeFile(path: string, data: string | Uint8Array, o?: WriteOptions & { readonly flag?: string }): Promise<void>;
  appendFile(path: string, data: string | Uint8Array, o?: WriteOptions): Promise<void>;
  mkdir(path: string, o?: Abortable & { readonly mode?: number }): Promise<string | undefined>;
  utimes(path: string, atime: Date, mtime: Date, o?: Abortable): Promise<void>;
  unlink(path: string, o?: Abortable): Promise<void>;
  rmdir(path: string, o?: Abortable): Promise<void>;
  rm(path: string, o?: Abortable & { readonly recursive?: boolean; readonly force?: boolean }): Promise<void>;
  rename(from: string, to: string, o?: Abortable): Promise<void>;
  link(existing: string, path: string, o?: Abortable): Promise<void>;
  symlink(target: string, path: string, type?: null, o?: Abortable): Promise<void>;
  readlink(path: string, o?: Abortable): Promise<string>;
  realpath(path: string, o?: Abortable): Promise<string>;
  chmod(path: string, mode: number, o?: Abortable): Promise<void>;
}

/** Options of writing a whole file. */
export interface WriteOptions extends Abortable {
  /** Of text. Default `'utf8'`. */
  readonly encoding?: BufferEncoding;
  /** The permissions of a file that is made, less the machine's umask. Default 0o666. */
  readonly mode?: number;
}

/** The names that a machine's accounts and groups have. */
export interface AccountNames {
  /** The account with a number. Throws `FileError` with `ENOSYS` where the machine cannot be asked, `ENOENT` where it has none. */
  userName(uid: number, o?: Abortable): Promise<string>;
  /** As {@link userName}, for a group. */
  groupName(gid: number, o?: Abortable): Promise<string>;
}

/** A machine, as the paths on it see it. */
export interface PathHost {
  readonly flavour: Flavour;
  readonly fs: PathFiles;
  readonly accounts: AccountNames;
  /** The home directory, of the named user where one is given. */
  home(user: string | undefined, o: Abortable): Promise<string>;
}
