import type { Abortable } from '../../core/abort.js';
import { FileError } from '../../core/file-error.js';
import { checkCopyMode, copyOne } from './copy-file.js';
import { makeParents } from './directories.js';
import { allEntries, childPath, splitPath, withoutSlashes } from './entries.js';
import type { FileCall, FileCalls } from './file-calls.js';
import { statIfThere } from './metadata.js';
import { nameFromBytes, type PathLike } from './names.js';
import { fileCode } from './retell.js';
import type { Stats } from './stats.js';

/** Options of `cp`. */
export interface CpOptions extends Abortable {
  /** Whether links are copied as what they lead to. Default `false`. */
  readonly dereference?: boolean | undefined;
  /** With `force: false`: whether a file that is there already is an error. Default `false`. */
  readonly errorOnExist?: boolean | undefined;
  /** Says what is copied; a directory that is left out is left out with all below it. */
  readonly filter?: ((source: string, destination: string) => boolean | Promise<boolean>) | undefined;
  /** Whether files that are there already are written over. Default `true`. */
  readonly force?: boolean | undefined;
  /** As the mode of `copyFile`. Default 0. */
  readonly mode?: number | undefined;
  /** Whether copies get the times of what they are copies of. Default `false`. */
  readonly preserveTimestamps?: boolean | undefined;
  /** Whether directories are copied, with all below them. Default `false`. */
  readonly recursive?: boolean | undefined;
  /** Whether links are copied as they are; else one that is relative is made absolute. Default `false`. */
  readonly verbatimSymlinks?: boolean | undefined;
}

/** Copies a file or a tree on the machine, as Node's `cp` does. */
export async function cp(calls: FileCalls, source: PathLike, destination: PathLike, o: CpOptions): Promise<void> {
  checkCopyMode(o.mode ?? 0);
  await calls.run('cp', o, async (call) => {
    const from = withoutSlashes(await call.at(source, 'source'));
    const to = withoutSlashes(await call.at(destination, 'destination'));
    await new TreeCopy(call, o).start(from, to);
  });
}

interface Pair {
  readonly from: Buffer;
  readonly to: Buffer;
}

class TreeCopy {
  readonly #call: FileCall;
  readonly #o: CpOptions;
  /** What has yet to be copied, the next one last. */
  readonly #pairs: (Pair | { readonly finish: () => Promise<void> })[] = [];

  constructor(call: FileCall, o: CpOptions) {
    this.#call = call;
    this.#o = o;
  }

  async start(from: Buffer, to: Buffer): Promise<void> {
    const { files } = this.#call;
    const source = await this.#look(from);
    if (source.isDirectory()) await this.#refuseInside(from, to);
    else if (await this.#same(from, to)) throw this.#error('ERR_FS_CP_EINVAL', { from, to }, 'both are the same file');
    if (!(await this.#wanted({ from, to }))) return;
    const { parent } = splitPath(to);
    if ((await statIfThere({ files }, parent, 'stat')) === undefined) await makeParents(this.#call, parent, 0o777);
    this.#pairs.push({ from, to });
    for (let pair = this.#pairs.pop(); pair !== undefined; pair = this.#pairs.pop()) {
      this.#call.check();
      if ('finish' in pair) await pair.finish();
      else await this.#copy(pair);
    }
  }

  async #copy(pair: Pair): Promise<void> {
    const stats = await this.#look(pair.from);
    const there = await statIfThere(this.#call, pair.to, this.#o.dereference ? 'stat' : 'lstat');
    if (stats.isDirectory()) return this.#directory(pair, stats, there);
    if (there?.isDirectory()) {
      throw this.#error('ERR_FS_CP_NON_DIR_TO_DIR', pair, 'a directory cannot be written over with what is none');
    }
    if (stats.isSymbolicLink()) return this.#link(pair, there);
    if (stats.isFIFO()) throw this.#error('ERR_FS_CP_FIFO_PIPE', pair, 'a pipe cannot be copied');
    if (stats.isSocket()) throw this.#error('ERR_FS_CP_SOCKET', pair, 'a socket cannot be copied');
    if (!stats.isFile()) throw this.#error('ERR_FS_CP_UNKNOWN', pair, 'a device cannot be copied');
    if (there !== undefined && !this.#mayReplace(pair)) return;
    // A link that is in the way is replaced, and not what it leads to.
    if (there?.isSymbolicLink()) await this.#call.files.unlink(pair.to);
    await copyOne(this.#call, pair.from, pair.to, this.#o.mode ?? 0);
    await this.#call.files.chmod(pair.to, stats.mode & 0o7777);
    await this.#keepTimes(pair, stats);
  }

  async #directory(pair: Pair, stats: Stats, there: Stats | undefined): Promise<void> {
    const { files } = this.#call;
    if (!this.#o.recursive) {
      throw this.#error('ERR_FS_EISDIR', pair, 'it is a directory: `recursive: true` copies it with all that is in it');
    }
    if (there !== undefined && !there.isDirectory()) {
      throw this.#error('ERR_FS_CP_DIR_TO_NON_DIR', pair, 'what is no directory cannot be written over with one');
    }
    // Its owner must be able to write to it until all is in it.
    if (there === undefined) await files.mkdir(pair.to, (stats.mode & 0o7777) | 0o700);
    this.#pairs.push({
      finish: async () => {
        if (there === undefined) await files.chmod(pair.to, stats.mode & 0o7777);
        await this.#keepTimes(pair, stats);
      },
    });
    const below: Pair[] = [];
    for (const { name } of await allEntries(this.#call, pair.from)) {
      const child = { from: childPath(pair.from, name), to: childPath(pair.to, name) };
      if (await this.#wanted(child)) below.push(child);
    }
    this.#pairs.push(...below.reverse());
  }

  async #link(pair: Pair, there: Stats | undefined): Promise<void> {
    const { files } = this.#call;
    const own = await files.readlink(pair.from);
    const relative = own[0] !== 0x2f && !this.#o.verbatimSymlinks;
    const target = relative ? await this.#absolute(childPath(splitPath(pair.from).parent, own)) : own;
    if (there !== undefined) {
      if (!this.#mayReplace(pair)) return;
      await files.unlink(pair.to);
    }
    await files.symlink(target, pair.to);
  }

  /** An absolute path without `.` and `..`, its links not followed. */
  async #absolute(path: Buffer): Promise<Buffer> {
    const full = path[0] === 0x2f ? path : childPath(await this.#call.files.realpath(Buffer.from('.')), path);
    const names: string[] = [];
    for (const name of full.toString('latin1').split('/')) {
      if (name === '..') names.pop();
      else if (name !== '' && name !== '.') names.push(name);
    }
    return Buffer.from(`/${names.join('/')}`, 'latin1');
  }

  /** Whether what stands there is written over; throws where that is not wanted at all. */
  #mayReplace(pair: Pair): boolean {
    if (this.#o.force ?? true) return true;
    if (!this.#o.errorOnExist) return false;
    throw this.#error('ERR_FS_CP_EEXIST', pair, 'the target exists already');
  }

  async #keepTimes({ to }: Pair, { atimeMs, mtimeMs }: Stats): Promise<void> {
    if (this.#o.preserveTimestamps) await this.#call.files.utimes(to, { atimeMs, mtimeMs });
  }

  #look(path: Buffer): Promise<Stats> {
    return this.#o.dereference ? this.#call.files.stat(path) : this.#call.files.lstat(path);
  }

  async #wanted({ from, to }: Pair): Promise<boolean> {
    return (await this.#o.filter?.(nameFromBytes(from), nameFromBytes(to))) ?? true;
  }

  async #same(from: Buffer, to: Buffer): Promise<boolean> {
    if (from.equals(to)) return true;
    const [a, b] = [await this.#real(from), await this.#real(to)];
    return a !== undefined && b !== undefined && a.equals(b);
  }

  /** A tree that is copied into itself would never end. */
  async #refuseInside(from: Buffer, to: Buffer): Promise<void> {
    const source = await this.#real(from);
    let place = to;
    for (;;) {
      const real = await this.#real(place);
      if (real !== undefined && source !== undefined) {
        if (
          Buffer.concat([real, SLASH])
            .subarray(0, source.length + 1)
            .equals(Buffer.concat([source, SLASH]))
        ) {
          throw this.#error('ERR_FS_CP_EINVAL', { from, to }, 'a directory cannot be copied into itself');
        }
        return;
      }
      const { parent } = splitPath(place);
      if (parent.equals(place)) return;
      place = parent;
    }
  }

  async #real(path: Buffer): Promise<Buffer | undefined> {
    try {
      return await this.#call.files.realpath(path);
    } catch (error) {
      if (fileCode(error) === undefined) throw error;
      return undefined;
    }
  }

  #error(code: string, { from, to }: Pair, detail: string): FileError {
    const { host } = this.#call;
    return new FileError(code, { syscall: 'cp', path: nameFromBytes(from), dest: nameFromBytes(to), host, detail });
  }
}

const SLASH = Buffer.from('/');
