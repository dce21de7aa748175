import type { Abortable } from '../../core/abort.js';
import { FileError } from '../../core/file-error.js';
import { OptionError } from '../../core/hawser-error.js';
import type { Stats } from '../../remote/files/stats.js';
import type { StagingPlace } from './staging-place.js';

/** Options of {@link readOutput}. */
export interface OutputOptions extends Abortable {
  /** `'buffer'` for the bytes as they are. Default `'utf8'`, where bytes that are none become U+FFFD. */
  readonly encoding?: 'utf8' | 'buffer';
  /** How much is read at the most, in bytes. Default 16 MiB. More than that is an error, unless `last` is set. */
  readonly maxBuffer?: number;
  /** So much of the end, in bytes, where there is more; no larger than `maxBuffer`. */
  readonly last?: number;
}

const MAX_BUFFER = 16 * 1024 * 1024;

/** Where a job writes what it prints, from where its record is named on. */
export function outputPath({ record }: Pick<StagingPlace, 'record'>): string {
  return `${record}/output`;
}

/**
 * What a job has printed by now, both of its streams; nothing where it has not begun.
 *
 * @throws FileError `EFBIG` where that is more than `maxBuffer`, and others where it cannot be read. OptionError.
 */
export function readOutput(place: StagingPlace, o: OutputOptions & { encoding: 'buffer' }): Promise<Buffer>;
export function readOutput(place: StagingPlace, o?: OutputOptions & { encoding?: 'utf8' }): Promise<string>;
export async function readOutput(place: StagingPlace, o: OutputOptions = {}): Promise<string | Buffer> {
  const { encoding = 'utf8', maxBuffer = MAX_BUFFER, last } = o;
  if (encoding !== 'utf8' && encoding !== 'buffer') throw wrong('encoding', '"utf8" or "buffer"', encoding);
  checkSize('maxBuffer', maxBuffer);
  if (last !== undefined) checkSize('last', last);
  const bytes = await readEnd(
    place,
    { maxBuffer, last: last === undefined ? undefined : Math.min(last, maxBuffer) },
    o,
  );
  return encoding === 'buffer' ? bytes : bytes.toString('utf8', last === undefined ? 0 : characterStart(bytes));
}

/** Throws FileError `ELOOP` where there is a link in place of what a job has printed: it would be another file's content. */
export function refuseLink(place: StagingPlace, stats: Stats): void {
  if (!stats.isSymbolicLink()) return;
  const { path, host, key } = place.directory;
  const detail = 'somebody has put a link there, which is not followed';
  throw new FileError('ELOOP', { syscall: 'open', path: `${path}/${outputPath(place)}`, host, key, detail });
}

interface Bounds {
  readonly maxBuffer: number;
  readonly last: number | undefined;
}

async function readEnd(place: StagingPlace, { maxBuffer, last }: Bounds, { signal }: Abortable): Promise<Buffer> {
  const path = outputPath(place);
  const { fs } = place.directory;
  let size: number;
  try {
    const stats = await fs.lstat(path, { signal });
    refuseLink(place, stats);
    size = stats.size;
  } catch (error) {
    if (error instanceof FileError && error.code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
  if (last === undefined && size > maxBuffer) throw tooLong(place, size, maxBuffer);
  const start = last === undefined ? 0 : Math.max(0, size - last);
  if (start >= size) return Buffer.alloc(0);
  const pieces: Buffer[] = [];
  // It may grow meanwhile: what comes later is for the next who asks.
  for await (const piece of fs.createReadStream(path, { start, end: size - 1, signal })) {
    if (Buffer.isBuffer(piece)) pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** The first byte that is not in the middle of a character of UTF-8 (RFC 3629 §3). */
function characterStart(bytes: Buffer): number {
  let at = 0;
  while (at < 3 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}

function tooLong(place: StagingPlace, size: number, maxBuffer: number): FileError {
  const { path, host, key } = place.directory;
  const detail = `it has ${size} bytes, more than \`maxBuffer\` (${maxBuffer}): ask for its end with \`last\`, or retrieve it`;
  return new FileError('EFBIG', { syscall: 'read', path: `${path}/${outputPath(place)}`, host, key, detail });
}

function checkSize(name: string, value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw wrong(name, 'a number of bytes, a non-negative integer', value);
}

function wrong(name: string, wanted: string, value: unknown): OptionError {
  return new OptionError(`Expected the \`${name}\` option to be ${wanted}, got ${String(value)}.`);
}
