import { constants } from 'node:fs';
import type { Abortable } from '../../core/abort.js';
import { OptionError } from '../../core/hawser-error.js';
import type { WriteData } from './byte-source.js';
import { type ReadFileOptions, readFile, type WriteFileOptions, writeFile } from './content.js';
import type { CpOptions } from './copy-tree.js';
import type { Dir, OpendirOptions } from './dir.js';
import { type MkdirOptions, mkdir, mkdtemp, type ReaddirOptions, readdir } from './directories.js';
import type { Dirent } from './dirent.js';
import { pathBytes } from './expand-path.js';
import type { FileHandle } from './file-handle.js';
import type { GlobEntryOptions, GlobOptions } from './glob.js';
import { type HeldFile, holdFile } from './held-file.js';
import { MetadataCalls } from './metadata-calls.js';
import {
  type ByteNameOptions,
  type NameEncoding,
  type NameOptions,
  nameOptions,
  type TextNameOptions,
  textNames,
} from './name-encoding.js';
import { nameFromBytes, type PathLike } from './names.js';
import { fileMode, openFlags } from './open-flags.js';
import { OpenedFile } from './opened-file.js';
import { type ReadStreamOptions, RemoteReadStream } from './read-stream.js';
import type { RmOptions } from './remove.js';
import type { WalkedDirectory, WalkOptions } from './walk.js';
import { RemoteWriteStream, type WriteStreamOptions } from './write-stream.js';

// What walks, copies and removes trees is loaded when it is first asked for: most programs that connect never do.

/**
 * A machine's files, with the names, options and results of `node:fs/promises`, over whatever leads to the machine. A
 * path is text, bytes or a `file:` URL; in text `~` and `~user` at the beginning are home directories, and a path that
 * is not absolute begins where the session did, mostly at home. Every call takes a `signal`.
 *
 * Where the connection makes a lost link again by itself (`reconnect`), calls that only look begin again, streams read on
 * where they were, and nothing that writes is done twice.
 *
 * Everything that fails is a `FileError` with Node's `code`, `syscall` and `path`, or the error that ended the link. What
 * a server cannot do at all has the code `ENOSYS`.
 *
 * @example
 * const text = await connection.fs.readFile('/etc/hostname', 'utf8');
 */
export class RemoteFs extends MetadataCalls {
  /** The same as `fs.constants`. */
  readonly constants: typeof constants = constants;

  /** The content of a file: bytes, or text where an encoding is given. */
  readFile(
    path: PathLike | FileHandle,
    o: (ReadFileOptions & { encoding: BufferEncoding }) | BufferEncoding,
  ): Promise<string>;
  readFile(
    path: PathLike | FileHandle,
    o?: (ReadFileOptions & { encoding?: 'buffer' | null | undefined }) | 'buffer' | null,
  ): Promise<Buffer>;
  readFile(
    path: PathLike | FileHandle,
    o?: ReadFileOptions | BufferEncoding | 'buffer' | null,
  ): Promise<string | Buffer>;
  async readFile(
    path: PathLike | FileHandle,
    o: ReadFileOptions | BufferEncoding | 'buffer' | null = {},
  ): Promise<string | Buffer> {
    const options = typeof o === 'string' || o === null ? { encoding: o } : o;
    return isHandle(path) ? path.readFile(options) : readFile(this.calls, path, options);
  }

  /** Writes a file anew: text, bytes, or what a list, a generator or a stream yields. */
  async writeFile(
    path: PathLike | FileHandle,
    data: WriteData,
    o?: WriteFileOptions | BufferEncoding | null,
  ): Promise<void> {
    const options = typeof o === 'string' ? { encoding: o } : (o ?? {});
    if (isHandle(path)) return path.writeFile(data, options);
    return writeFile(this.calls, path, data, { ...options, otherwise: 'w' });
  }

  /** Writes at the end of a file, which is made where there is none. */
  async appendFile(
    path: PathLike | FileHandle,
    data: WriteData,
    o?: WriteFileOptions | BufferEncoding | null,
  ): Promise<void> {
    const options = typeof o === 'string' ? { encoding: o } : (o ?? {});
    if (isHandle(path)) return path.appendFile(data, options);
    return writeFile(this.calls, path, data, { ...options, otherwise: 'a' });
  }

  /** Opens a file. Its connection counts as busy until the handle is closed. */
  async open(path: PathLike, flags?: string | number, mode?: string | number, o: Abortable = {}): Promise<FileHandle> {
    const opening = this.#hold(path, flags, 'r', mode, o.signal);
    const [held, { FileHandle }] = await Promise.all([opening, import('./file-handle.js')]);
    return new FileHandle(held);
  }

  /** Opens a directory, whose names come as they are asked for. */
  opendir(path: PathLike, o: (OpendirOptions & { encoding: 'buffer' }) | 'buffer'): Promise<Dir<Buffer>>;
  opendir(
    path: PathLike,
    o?: (OpendirOptions & { encoding?: BufferEncoding | null | undefined }) | BufferEncoding | null,
  ): Promise<Dir>;
  async opendir(path: PathLike, o?: OpendirOptions | NameEncoding): Promise<Dir | Dir<Buffer>> {
    const { opendir } = await import('./dir.js');
    const options: OpendirOptions = nameOptions(o);
    return options.encoding === 'buffer'
      ? opendir(this.calls, path, options, (name) => name)
      : opendir(this.calls, path, options, textNames(options.encoding));
  }

  /** The names in a directory, in the order of the machine. */
  readdir(path: PathLike, o: ReaddirOptions & { withFileTypes: true; encoding: 'buffer' }): Promise<Dirent<Buffer>[]>;
  readdir(
    path: PathLike,
    o: ReaddirOptions & { withFileTypes: true; encoding?: BufferEncoding | null | undefined },
  ): Promise<Dirent[]>;
  readdir(
    path: PathLike,
    o: (ReaddirOptions & { withFileTypes?: false | undefined; encoding: 'buffer' }) | 'buffer',
  ): Promise<Buffer[]>;
  readdir(
    path: PathLike,
    o?:
      | (ReaddirOptions & { withFileTypes?: false | undefined; encoding?: BufferEncoding | null | undefined })
      | BufferEncoding
      | null,
  ): Promise<string[]>;
  async readdir(
    path: PathLike,
    o: ReaddirOptions | BufferEncoding | 'buffer' | null = {},
  ): Promise<(string | Buffer | Dirent | Dirent<Buffer>)[]> {
    return readdir(this.calls, path, typeof o === 'string' || o === null ? { encoding: o } : o);
  }

  /** Makes a directory. With `recursive`, gives the first one that was made; `undefined` where all were there. */
  async mkdir(path: PathLike, o: MkdirOptions | string | number | null = {}): Promise<string | undefined> {
    return mkdir(this.calls, path, typeof o === 'object' ? (o ?? {}) : { mode: o });
  }

  /** Makes a directory for its owner alone: `prefix` and six characters that nobody has. */
  mkdtemp(prefix: PathLike, o: ByteNameOptions | 'buffer'): Promise<Buffer>;
  mkdtemp(prefix: PathLike, o?: TextNameOptions | BufferEncoding | null): Promise<string>;
  async mkdtemp(prefix: PathLike, o?: NameOptions | NameEncoding): Promise<string | Buffer> {
    return mkdtemp(this.calls, prefix, nameOptions(o));
  }

  /** Removes a file or, with `recursive`, a tree; a link, and never what it leads to. */
  async rm(path: PathLike, o: RmOptions = {}): Promise<void> {
    const { rm } = await import('./remove.js');
    return rm(this.calls, path, o);
  }

  async rmdir(path: PathLike, o: Abortable & { readonly recursive?: boolean | undefined } = {}): Promise<void> {
    if (o.recursive) throw new OptionError('Expected no `recursive` option of `rmdir`: use `rm` to remove a tree.');
    return this.calls.run('rmdir', o, async ({ files, at }) => files.rmdir(await at(path)));
  }

  /** What stands at `to` is replaced in one step; `ENOTSUP` where the server cannot, and something does. */
  async rename(from: PathLike, to: PathLike, o: Abortable = {}): Promise<void> {
    return this.calls.run('rename', o, async ({ files, at }) =>
      files.rename(await at(from, 'oldPath'), await at(to, 'newPath')),
    );
  }

  async unlink(path: PathLike, o: Abortable = {}): Promise<void> {
    return this.calls.run('unlink', o, async ({ files, at }) => files.unlink(await at(path)));
  }

  /** Makes a link at `path`. The target is taken as it is; `type` means something on Windows alone. */
  async symlink(target: PathLike, path: PathLike, type?: string | null, o: Abortable = {}): Promise<void> {
    if (typeof type === 'string' && !['dir', 'file', 'junction'].includes(type)) {
      throw new OptionError(`Expected the \`type\` to be 'dir', 'file' or 'junction', got ${type}.`);
    }
    const bytes = pathBytes(target, 'target');
    return this.calls.run('symlink', o, async ({ files, at }) => files.symlink(bytes, await at(path)));
  }

  async link(existing: PathLike, path: PathLike, o: Abortable = {}): Promise<void> {
    return this.calls.run('link', o, async ({ files, at }) =>
      files.link(await at(existing, 'existingPath'), await at(path, 'newPath')),
    );
  }

  /** The machine copies by itself where it can, else the bytes go through us. */
  async copyFile(from: PathLike, to: PathLike, mode = 0, o: Abortable = {}): Promise<void> {
    const { copyFile } = await import('./copy-file.js');
    return copyFile(this.calls, from, to, mode, o);
  }

  /** Copies a file or, with `recursive`, a tree. */
  async cp(from: PathLike, to: PathLike, o: CpOptions = {}): Promise<void> {
    const { cp } = await import('./copy-tree.js');
    return cp(this.calls, from, to, o);
  }

  /** The paths that fit one of the patterns. */
  glob(pattern: string | readonly string[], o: GlobEntryOptions): AsyncGenerator<Dirent, void, void>;
  glob(pattern: string | readonly string[], o?: GlobOptions): AsyncGenerator<string, void, void>;
  async *glob(
    pattern: string | readonly string[],
    o: GlobOptions | GlobEntryOptions = {},
  ): AsyncGenerator<string | Dirent, void, void> {
    const { glob } = await import('./glob.js');
    yield* glob(this.calls, pattern, o);
  }

  /** Not on remote machines. @throws OptionError always. */
  watch(): never {
    throw new OptionError(
      'Expected a call other than `watch`: no protocol here tells of changes. Follow a file with `tail`.',
    );
  }

  createReadStream(path: PathLike, o: ReadStreamOptions | BufferEncoding = {}): RemoteReadStream {
    const options = typeof o === 'string' ? { encoding: o } : o;
    const { flags, mode, fd } = options;
    refuseForeign(options, 'createReadStream');
    if (fd !== undefined) return fd.createReadStream(options);
    return new RemoteReadStream(
      nameFromBytes(pathBytes(path)),
      (signal, outlives) => this.#hold(path, flags, 'r', mode, signal, outlives),
      options,
    );
  }

  createWriteStream(path: PathLike, o: WriteStreamOptions | BufferEncoding = {}): RemoteWriteStream {
    const options = typeof o === 'string' ? { encoding: o } : o;
    const { flags, mode, fd } = options;
    refuseForeign(options, 'createWriteStream');
    if (fd !== undefined) return fd.createWriteStream(options);
    return new RemoteWriteStream(
      nameFromBytes(pathBytes(path)),
      (signal) => this.#hold(path, flags, 'w', mode, signal),
      options,
    );
  }

  /** Every directory of a tree with what is in it, from the top down or from the bottom up. */
  async *walk(top: PathLike, o: WalkOptions = {}): AsyncGenerator<WalkedDirectory, void, void> {
    const { walk } = await import('./walk.js');
    yield* walk(this.calls, top, o);
  }

  /** The digest of a file's bytes in hexadecimal, by an algorithm that `node:crypto` knows. Default `'sha256'`. */
  async hash(path: PathLike, algorithm = 'sha256', o: Abortable = {}): Promise<string> {
    const { hash } = await import('./hash.js');
    return hash(this.calls, path, algorithm, o);
  }

  #hold(
    path: PathLike,
    flags: string | number | undefined,
    otherwise: string,
    mode: string | number | undefined,
    signal: AbortSignal | undefined,
    outlives?: () => boolean,
  ): Promise<HeldFile> {
    const o = { flags: openFlags(flags, otherwise), mode: fileMode(mode, 0o666), signal, outlives };
    return holdFile(this.calls, path, o);
  }
}

function isHandle(path: PathLike | FileHandle): path is FileHandle {
  return path instanceof OpenedFile;
}

/** Streams of Node take a descriptor of this process and calls of one's own making, which mean nothing on a machine. */
function refuseForeign({ fd, ...o }: { readonly fd?: unknown }, name: string): void {
  if (fd !== undefined && !(fd instanceof OpenedFile)) {
    throw new OptionError(
      `Expected the \`fd\` option of \`${name}\` to be a FileHandle of its \`open\`, got ${typeof fd}.`,
    );
  }
  if ('fs' in o && o.fs !== undefined && o.fs !== null) {
    throw new OptionError(`Expected no \`fs\` option of \`${name}\`: the calls are those of the machine.`);
  }
}
