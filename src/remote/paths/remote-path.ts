import { type Abortable, throwIfAborted } from '../../core/abort.js';
import { FileError } from '../../core/file-error.js';
import type { WriteFileOptions } from '../files/content.js';
import type { FileHandle } from '../files/file-handle.js';
import type { Stats } from '../files/stats.js';
import type { WalkOptions } from '../files/walk.js';
import { globNames, type ListedName, type NameTree } from './glob-names.js';
import type { PathHost } from './path-host.js';
import { PurePath } from './pure-path.js';
import { type PathText, pathRoute, type Route } from './route.js';

/** Options of {@link RemotePath.mkdir}. */
export interface MakeDirectoryOptions extends Abortable {
  /** Whether missing directories above it are made too. Default `false`. */
  readonly parents?: boolean;
  /** Whether a directory that is there already will do. Default `false`. */
  readonly existOk?: boolean;
  /** Its permissions, less the machine's umask. Default 0o777. */
  readonly mode?: number;
}

/** Options of {@link RemotePath.touch}. */
export interface TouchOptions extends Abortable {
  /** Whether a file that is there already will do; its times are set to now, by this machine's clock. Default `true`. */
  readonly existOk?: boolean;
  /** The permissions of a file that is made, less the machine's umask. Default 0o666. */
  readonly mode?: number;
}

/** Options of calls that can do without the file. */
export interface MissingOkOptions extends Abortable {
  /** Whether a file that is not there is no error. Default `false`. */
  readonly missingOk?: boolean;
}

/** Options of reading text. */
export interface ReadTextOptions extends Abortable {
  /** Default `'utf8'`. */
  readonly encoding?: BufferEncoding;
}

/** One directory of {@link RemotePath.walk}. */
export interface WalkedPath {
  readonly path: RemotePath;
  /** The names of the directories in it, and of the links to directories. */
  readonly directories: string[];
  /** The names of everything else in it. */
  readonly files: string[];
}

/** Options of {@link RemotePath.resolve}. */
export interface ResolveOptions extends Abortable {
  /** Whether a path of which a part is missing is an error. Default `false`: what is missing is kept as it stands. */
  readonly strict?: boolean;
}

/**
 * A path on the machine of a connection, in the manner of Python's `pathlib.Path`: all that {@link PurePath} tells of the
 * text, and the files themselves. It never changes, opens nothing by itself, and stays good when the connection is made
 * anew. Names are kept as they are, also those that are no UTF-8: what was listed can be opened.
 *
 * Calls on files fail with `FileError` and Node's code, or with the error that ended the link.
 *
 * @example
 * const log = conn.Path('/var/log');
 * for await (const file of log.glob('*.log')) console.log(file.name, (await file.stat()).size);
 */
export class RemotePath extends PurePath<RemotePath> {
  readonly #host: PathHost;

  /** Made by a connection's `Path`. */
  constructor(host: PathHost, route: Route) {
    super(host.flavour, route);
    this.#host = host;
  }

  protected make(route: Route): RemotePath {
    return new RemotePath(this.#host, route);
  }

  /** Whether there is such a file; `false` for a link that leads nowhere. */
  exists(o?: Abortable): Promise<boolean> {
    return this.#host.fs.exists(this.#text, o);
  }

  /** Whether it is a regular file, or a link to one. */
  isFile(o?: Abortable): Promise<boolean> {
    return this.#host.fs.isFile(this.#text, o);
  }

  /** Whether it is a directory, or a link to one. */
  isDirectory(o?: Abortable): Promise<boolean> {
    return this.#host.fs.isDirectory(this.#text, o);
  }

  isSymbolicLink(o?: Abortable): Promise<boolean> {
    return this.#host.fs.isSymbolicLink(this.#text, o);
  }

  /** What stat(2) says, of the file that a link leads to. */
  stat(o?: Abortable): Promise<Stats> {
    return this.#host.fs.stat(this.#text, o);
  }

  /** As {@link stat}, of the link itself. */
  lstat(o?: Abortable): Promise<Stats> {
    return this.#host.fs.lstat(this.#text, o);
  }

  /** The name of the account that owns it, from the machine's own account database. */
  async owner(o: Abortable = {}): Promise<string> {
    return this.#host.accounts.userName((await this.stat(o)).uid, o);
  }

  /** As {@link owner}, of its group. */
  async group(o: Abortable = {}): Promise<string> {
    return this.#host.accounts.groupName((await this.stat(o)).gid, o);
  }

  /** Whether two paths lead to one file. Where the machine tells no inode numbers, hard links are not told apart from copies. */
  async samefile(other: PathText, o: Abortable = {}): Promise<boolean> {
    const { fs } = this.#host;
    const [mine, theirs] = await Promise.all([this.stat(o), fs.stat(String(other), o)]);
    if (!Number.isNaN(mine.ino + mine.dev)) return mine.ino === theirs.ino && mine.dev === theirs.dev;
    const [here, there] = await Promise.all([fs.realpath(this.#text, o), fs.realpath(String(other), o)]);
    return here === there;
  }

  /** The paths in this directory, in the order of the machine. */
  async *iterdir(o: Abortable = {}): AsyncGenerator<RemotePath, void> {
    for (const { name } of await this.#list([], o)) yield this.descend([name]);
  }

  /**
   * The paths below this one that are like a pattern: `*`, `?` and `[abc]` within a name, `**` for any number of
   * directories. Names that begin with a dot are like any other, directories that cannot be read are passed over, and
   * `**` goes through no link. A pattern that ends with a slash finds directories alone.
   *
   * Throws `OptionError` for a pattern that is absolute or empty.
   */
  glob(pattern: PathText, o: Abortable = {}): AsyncGenerator<RemotePath, void> {
    return this.#glob(pattern, [], o);
  }

  /** As {@link glob}, at any depth: `rglob('*.c')` is `glob('**\/*.c')`. */
  rglob(pattern: PathText, o: Abortable = {}): AsyncGenerator<RemotePath, void> {
    return this.#glob(pattern, ['**'], o);
  }

  /**
   * Every directory from here down with what is in it, as `fs.walk` gives it: on the way from the top, what is taken out
   * of `directories` is not walked.
   */
  async *walk(o: WalkOptions = {}): AsyncGenerator<WalkedPath, void> {
    for await (const { path, directories, files } of this.#host.fs.walk(this.#text, o)) {
      yield { path: this.#literal(path), directories, files };
    }
  }

  /** The whole file as text. */
  readText({ encoding = 'utf8', signal }: ReadTextOptions = {}): Promise<string> {
    return this.#host.fs.readFile(this.#text, { encoding, signal });
  }

  /** The whole file. */
  readBytes(o?: Abortable): Promise<Buffer> {
    return this.#host.fs.readFile(this.#text, o);
  }

  /** Makes the text the whole of the file. */
  writeText(text: string, o?: WriteFileOptions): Promise<void> {
    return this.#host.fs.writeFile(this.#text, text, o);
  }

  /** Makes the bytes the whole of the file. */
  writeBytes(bytes: Uint8Array, o?: WriteFileOptions): Promise<void> {
    return this.#host.fs.writeFile(this.#text, bytes, o);
  }

  /** Puts text at the end of the file, which is made where there is none. */
  appendText(text: string, o?: WriteFileOptions): Promise<void> {
    return this.#host.fs.appendFile(this.#text, text, o);
  }

  /**
   * Opens the file; `flags` are those of Node, such as `'w'`. The handle is the caller's to close.
   *
   * @example
   * await using file = await conn.Path('big.bin').open();
   */
  open(flags?: string | number, mode?: number, o?: Abortable): Promise<FileHandle> {
    return this.#host.fs.open(this.#text, flags, mode, o);
  }

  /** Makes a directory. */
  async mkdir(o: MakeDirectoryOptions = {}): Promise<void> {
    const { parents = false, existOk = false, mode, signal } = o;
    try {
      await this.#host.fs.mkdir(this.#text, { signal, ...(mode === undefined ? {} : { mode }) });
    } catch (error) {
      const { parent } = this;
      if (parents && hasCode(error, 'ENOENT') && !parent.equals(this)) {
        await parent.mkdir({ parents, existOk: true, signal });
        return this.mkdir({ ...o, parents: false });
      }
      // Not EEXIST alone: a read-only file system, or a directory above that may not be written, says something else.
      if (!existOk || !(error instanceof FileError) || !(await this.isDirectory({ signal }))) throw error;
    }
  }

  /** Makes an empty file where there is none. */
  async touch({ existOk = true, mode = 0o666, signal }: TouchOptions = {}): Promise<void> {
    const { fs } = this.#host;
    throwIfAborted(signal, `touching ${this.#text}`);
    if (existOk) {
      try {
        const now = new Date();
        return await fs.utimes(this.#text, now, now, { signal });
      } catch (error) {
        if (!hasCode(error, 'ENOENT')) throw error;
      }
    }
    await fs.writeFile(this.#text, '', { mode, signal, flag: existOk ? 'a' : 'wx' });
  }

  /** Removes a file or a link; no directory. */
  async unlink({ missingOk = false, signal }: MissingOkOptions = {}): Promise<void> {
    try {
      await this.#host.fs.unlink(this.#text, { signal });
    } catch (error) {
      if (!missingOk || !hasCode(error, 'ENOENT')) throw error;
    }
  }

  /** Removes an empty directory. */
  rmdir(o?: Abortable): Promise<void> {
    return this.#host.fs.rmdir(this.#text, o);
  }

  /** Removes a file; with `recursive` a directory with all that is in it, and no link is followed. */
  rm(o?: Abortable & { readonly recursive?: boolean; readonly force?: boolean }): Promise<void> {
    return this.#host.fs.rm(this.#text, o);
  }

  /** Gives the file another name, and returns it. What has that name is replaced in one step. */
  async rename(target: PathText, o?: Abortable): Promise<RemotePath> {
    await this.#host.fs.rename(this.#text, String(target), o);
    return makePath(this.#host, [target]);
  }

  /** The same as {@link rename}, which replaces on every kind of machine. */
  replace(target: PathText, o?: Abortable): Promise<RemotePath> {
    return this.rename(target, o);
  }

  /** Makes this path a link to `target`, whose text is kept as it is. */
  symlinkTo(target: PathText, o?: Abortable): Promise<void> {
    return this.#host.fs.symlink(String(target), this.#text, null, o);
  }

  /** Makes this path one more name of the file `target`. */
  hardlinkTo(target: PathText, o?: Abortable): Promise<void> {
    return this.#host.fs.link(String(target), this.#text, o);
  }

  /** What the link says, as it stands there. */
  async readlink(o?: Abortable): Promise<RemotePath> {
    return this.#literal(await this.#host.fs.readlink(this.#text, o));
  }

  /** Sets the permissions, of the file that a link leads to. */
  chmod(mode: number, o?: Abortable): Promise<void> {
    return this.#host.fs.chmod(this.#text, mode, o);
  }

  /** The path with the home directory in place of a leading `~` or `~user`. */
  async expandUser(o: Abortable = {}): Promise<RemotePath> {
    if (!this.startsAtHome) return this;
    const [tilde = '~', ...names] = this.parts;
    return this.#literal(await this.#host.home(tilde === '~' ? undefined : tilde.slice(1), o)).descend(names);
  }

  /** The path from the root, seen from the directory in which the session began. Links and `..` stay as they are. */
  async absolute(o: Abortable = {}): Promise<RemotePath> {
    const path = await this.expandUser(o);
    if (path.isAbsolute()) return path;
    return this.#literal(await this.#host.fs.realpath('.', o)).join(path);
  }

  /** The path from the root, without links and `..`. Throws `FileError` (`ELOOP`) for links that go round. */
  async resolve({ strict = false, signal }: ResolveOptions = {}): Promise<RemotePath> {
    const { fs } = this.#host;
    const missing: string[] = [];
    const whole = await this.absolute({ signal });
    for (let path = whole; ; path = path.parent) {
      try {
        const there = this.#literal(await fs.realpath(String(path), { signal }));
        // Some servers give an answer for what is not there.
        if (strict) await fs.lstat(String(there), { signal });
        // What is not there holds no links, and ".." leads back out of it.
        return missing.reduceRight((at, name) => (name === '..' ? at.parent : at.descend([name])), there);
      } catch (error) {
        if (strict || !hasCode(error, 'ENOENT') || path.name === '') throw error;
        missing.push(path.name);
      }
    }
  }

  get #text(): string {
    return String(this);
  }

  /** A path that the machine gave: a `~` in it is a name. */
  #literal(text: string): RemotePath {
    return new RemotePath(this.#host, { ...this.#host.flavour.parse(text), home: false });
  }

  async #list(names: readonly string[], o: Abortable): Promise<readonly ListedName[]> {
    return this.#host.fs.readdir(String(this.descend(names)), { withFileTypes: true, signal: o.signal });
  }

  async *#glob(pattern: PathText, before: readonly string[], o: Abortable): AsyncGenerator<RemotePath, void> {
    const { names, ignoreCase } = this.patternNames(pattern);
    const onlyDirectories = /[/\\]$/.test(String(pattern)) && String(pattern).endsWith(this.#host.flavour.sep);
    const tree: NameTree = {
      list: (at) => this.#list(at, o).catch(passOver),
      exists: async (at) => (await this.descend(at).lstat(o).catch(passOver)) !== undefined,
    };
    for await (const found of globNames(tree, [...before, ...names], ignoreCase)) {
      const path = this.descend(found);
      if (!onlyDirectories || (await path.isDirectory(o))) yield path;
    }
  }
}

/** A path on a machine, from texts that are followed one after the other. Throws `OptionError` for what is no text. */
export function makePath(host: PathHost, parts: readonly PathText[]): RemotePath {
  return new RemotePath(host, pathRoute(host.flavour, parts));
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof FileError && error.code === code;
}

/** A search goes on where there is nothing to be seen. */
function passOver(error: unknown): undefined {
  const codes = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG'];
  if (error instanceof FileError && codes.includes(error.code)) return undefined;
  throw error;
}
