import type { Abortable } from '../../core/abort.js';
import { FileError } from '../../core/file-error.js';
import { OptionError } from '../../core/hawser-error.js';
import { ByteSource, type WriteData } from './byte-source.js';
import type { FileCalls } from './file-calls.js';
import type { OpenFile } from './file-driver.js';
import { nameFromBytes, type PathLike } from './names.js';
import { fileMode, onlyReads, openFlags, textEncoding } from './open-flags.js';
import { WholeReading } from './whole-reading.js';

/** The most that `readFile` holds, in bytes, as in Node. */
const LARGEST = 2 ** 31 - 1;

/** After so many bytes it pays to know whether a file is too large before all of it has come. */
const MANY = 16 * 1024 * 1024;

/** An encoding of text, or what to read: bytes. */
export type Encoding = BufferEncoding | 'buffer' | null;

/** Options of `readFile`. */
export interface ReadFileOptions extends Abortable {
  /** Left out, `null` or `'buffer'`: bytes. */
  readonly encoding?: Encoding | undefined;
  /** Default `'r'`. */
  readonly flag?: string | number | undefined;
}

/** Options of `writeFile` and `appendFile`. */
export interface WriteFileOptions extends Abortable {
  /** Of text. Default `'utf8'`. */
  readonly encoding?: BufferEncoding | null | undefined;
  /** Permissions of a file that is made, less the machine's umask. Default 0o666. */
  readonly mode?: string | number | undefined;
  /** Default `'w'`; `'a'` to append. */
  readonly flag?: string | number | undefined;
  /** Whether the bytes are on the disk when the call settles, as by fsync(2). Default `false`. */
  readonly flush?: boolean | undefined;
}

/** What is read of, in errors. */
export interface Readee extends Abortable {
  readonly path: string;
  readonly host: string;
  /** Told when something has come. */
  readonly came?: (() => void) | undefined;
}

/** Node 24 reads into memory of the caller's: here that is what a handle is for. Throws {@link OptionError}. */
export function refuseBuffer(o: object): void {
  if (!('buffer' in o) || o.buffer === undefined) return;
  throw new OptionError(
    'Expected no `buffer` option of `readFile`: to read into memory of your own, use `read` of a FileHandle.',
  );
}

/** Reads a file to its end, wherever that turns out to be: files of /proc say that they are empty. */
export async function readFile(calls: FileCalls, path: PathLike, o: ReadFileOptions): Promise<string | Buffer> {
  refuseBuffer(o);
  const flags = openFlags(o.flag, 'r');
  const encoding = textEncoding(o.encoding);
  const reading = new WholeReading();
  const repeatable = onlyReads(flags);
  return calls.run('open', { ...o, repeatable }, async ({ files, at, host, signal }) => {
    const bytes = await at(path);
    const file = await files.open(bytes, flags, 0o666);
    try {
      await reading.begin(file);
      const came = (): void => reading.came();
      return decoded(await readAll(file, 0, { path: nameFromBytes(bytes), host, signal, came }), encoding);
    } catch (error) {
      throw reading.failed(error);
    } finally {
      // What it says to that changes nothing about the bytes that were read.
      void file.close().catch(() => {});
    }
  });
}

/** All the bytes from `start` on. */
export async function readAll(file: OpenFile, start: number, { path, host, signal, came }: Readee): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  let asked = false;
  const refuseAbove = (size: number): void => {
    if (size <= LARGEST) return;
    const detail = 'it has more than 2 GiB: read it with createReadStream, or download it';
    throw new FileError('ERR_FS_FILE_TOO_LARGE', { syscall: 'read', path, host, detail });
  };
  await file.pull({
    start,
    inOrder: true,
    signal,
    take: (_, more) => {
      came?.();
      for (const piece of more) {
        pieces.push(piece);
        length += piece.length;
      }
      refuseAbove(length);
      if (asked || length < MANY) return;
      asked = true;
      // Most files are never asked for their size: those of /proc do not know it, and small ones have been read by then.
      return file.stat().then(({ size }) => refuseAbove(size - start));
    },
  });
  return Buffer.concat(pieces, length);
}

/** Bytes as text, where an encoding is given. */
export function decoded(bytes: Buffer, encoding: BufferEncoding | undefined): string | Buffer {
  return encoding === undefined ? bytes : bytes.toString(encoding);
}

/** Writes a file from its beginning, or at its end where the flag says so. */
export async function writeFile(
  calls: FileCalls,
  path: PathLike,
  data: WriteData,
  o: WriteFileOptions & { readonly otherwise: string },
): Promise<void> {
  const flags = openFlags(o.flag, o.otherwise);
  const mode = fileMode(o.mode, 0o666);
  const source = new ByteSource(data, textEncoding(o.encoding));
  await calls.run('open', o, async ({ files, at, signal }) => {
    const file = await files.open(await at(path), flags, mode);
    try {
      await writeAll(file, 0, source, signal);
      if (o.flush) await file.sync();
    } catch (error) {
      await file.close().catch(() => {});
      throw error;
    }
    // Quotas and full disks may show at the end (close(2)).
    await file.close();
  });
}

/** Writes all of a source. Settles with the position at which it ended. */
export async function writeAll(
  file: OpenFile,
  start: number,
  source: ByteSource,
  signal: AbortSignal | undefined,
): Promise<number> {
  try {
    return await file.push({ start, next: (length) => source.next(length), signal });
  } catch (error) {
    await source.stop();
    throw error;
  }
}
