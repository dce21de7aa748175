import { constants } from 'node:fs';
import type { Abortable } from '../../core/abort.js';
import { FileError } from '../../core/file-error.js';
import { OptionError } from '../../core/hawser-error.js';
import type { FileCall, FileCalls } from './file-calls.js';
import type { OpenFile } from './file-driver.js';
import { nameFromBytes, type PathLike } from './names.js';
import { fileCode, retell } from './retell.js';

const { COPYFILE_EXCL, COPYFILE_FICLONE, COPYFILE_FICLONE_FORCE, O_CREAT, O_EXCL, O_RDONLY, O_WRONLY } = constants;

/** How much may lie between reading and writing, in bytes. */
const BETWEEN = 4 * 1024 * 1024;

/** `copyFile`: the machine copies by itself where it can, else the bytes go through us. */
export async function copyFile(
  calls: FileCalls,
  from: PathLike,
  to: PathLike,
  mode: number,
  o: Abortable,
): Promise<void> {
  checkCopyMode(mode);
  await calls.run('copyfile', o, async (call) => {
    await copyOne(call, await call.at(from, 'src'), await call.at(to, 'dest'), mode);
  });
}

/** Checks what `copyFile` and `cp` take as their mode. */
export function checkCopyMode(mode: number): void {
  if (Number.isInteger(mode) && mode >= 0 && mode <= (COPYFILE_EXCL | COPYFILE_FICLONE | COPYFILE_FICLONE_FORCE))
    return;
  throw new OptionError(`Expected the \`mode\` to be made of the COPYFILE constants, got ${String(mode)}.`);
}

/** Copies one file, its permissions too where the copy is new. */
export async function copyOne(call: FileCall, from: Buffer, to: Buffer, mode: number): Promise<void> {
  const told = { syscall: 'copyfile', path: nameFromBytes(from), dest: nameFromBytes(to) };
  const { files, host } = call;
  if ((mode & COPYFILE_FICLONE_FORCE) !== 0) {
    throw new FileError('ENOSYS', { ...told, host, detail: 'no server clones files on demand' });
  }
  try {
    const source = await files.open(from, O_RDONLY, 0);
    try {
      const stats = await source.stat();
      if (stats.isDirectory()) throw new FileError('EISDIR', { ...told, host });
      // Servers refuse to copy a file to itself; what would come of it is there already.
      if (from.equals(to) && (mode & COPYFILE_EXCL) === 0) return;
      // Not truncated yet: both names may be of the same file, which is then written over with what it holds.
      const flags = O_WRONLY | O_CREAT | ((mode & COPYFILE_EXCL) === 0 ? 0 : O_EXCL);
      const target = await files.open(to, flags, stats.mode & 0o7777);
      try {
        const before = await target.stat();
        const length = await copyBytes(call, source, target);
        if (length < before.size) await target.truncate(length);
        await target.close();
      } catch (error) {
        await target.close().catch(() => {});
        throw error;
      }
    } finally {
      await source.close().catch(() => {});
    }
  } catch (error) {
    throw retell(error, told);
  }
}

/** Copies all bytes of one open file to another. Settles with their number. */
async function copyBytes(call: FileCall, from: OpenFile, to: OpenFile): Promise<number> {
  if (call.files.abilities.has('copy')) {
    try {
      await call.files.copy(from, to);
      return (await from.stat()).size;
    } catch (error) {
      if (fileCode(error) !== 'ENOSYS') throw error;
    }
  }
  return new Pipe(from, to, call.signal).run();
}

/** Bytes on their way from one open file to another. */
class Pipe {
  readonly #from: OpenFile;
  readonly #to: OpenFile;
  readonly #controller = new AbortController();
  readonly #signal: AbortSignal;
  #waiting: Buffer[] = [];
  #length = 0;
  #ended = false;
  #wakeWriter: (() => void) | undefined;
  #wakeReader: (() => void) | undefined;

  constructor(from: OpenFile, to: OpenFile, signal: AbortSignal | undefined) {
    this.#from = from;
    this.#to = to;
    this.#signal = signal === undefined ? this.#controller.signal : AbortSignal.any([signal, this.#controller.signal]);
  }

  async run(): Promise<number> {
    const [, length] = await Promise.all([this.#read(), this.#write()].map((side) => this.#endBoth(side)));
    return length ?? 0;
  }

  /** The failure of one side ends the other. */
  async #endBoth(side: Promise<number>): Promise<number> {
    try {
      return await side;
    } catch (error) {
      this.#ended = true;
      this.#controller.abort(error);
      this.#wake();
      throw error;
    }
  }

  async #read(): Promise<number> {
    const end = await this.#from.pull({
      start: 0,
      inOrder: true,
      signal: this.#signal,
      take: (_, pieces) => {
        this.#waiting.push(...pieces);
        for (const piece of pieces) this.#length += piece.length;
        this.#wakeWriter?.();
        if (this.#length < BETWEEN || this.#ended) return;
        return new Promise((resolve) => {
          this.#wakeReader = resolve;
        });
      },
    });
    this.#ended = true;
    this.#wake();
    return end;
  }

  #write(): Promise<number> {
    return this.#to.push({
      start: 0,
      signal: this.#signal,
      next: async (length) => {
        while (this.#waiting.length === 0) {
          if (this.#ended) return undefined;
          await new Promise<void>((resolve) => {
            this.#wakeWriter = resolve;
          });
        }
        return this.#takeOut(length);
      },
    });
  }

  #takeOut(length: number): Buffer[] {
    const out: Buffer[] = [];
    let left = length;
    while (left > 0) {
      const first = this.#waiting.shift();
      if (first === undefined) break;
      out.push(first.subarray(0, left));
      if (first.length > left) this.#waiting.unshift(first.subarray(left));
      left -= Math.min(left, first.length);
    }
    this.#length -= length - left;
    this.#wakeReader?.();
    return out;
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }
}
