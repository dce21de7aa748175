/** The unit of a tar archive, in bytes. */
export const BLOCK = 512;

/** The longest name that a header holds by itself (POSIX.1-2017, pax, "ustar Interchange Format"), in bytes. */
export const LONGEST_NAME = 100;

/** The longest path before the name, which has a field of its own, in bytes. */
const LONGEST_PREFIX = 155;

/** Where that lies in a header. */
const PREFIX = 345;

/** Where the sum of a header lies, and where what follows it does. */
const SUM = 148;
const AFTER_SUM = 156;

/** A member of an archive, as its header tells. */
export interface TarMember {
  /** With the names of directories before it. */
  readonly name: Buffer;
  /** Whether it is a plain file: not a directory, a link, a device, or a note on the next member. */
  readonly plain: boolean;
  /** Of what follows the header, in bytes. */
  readonly size: number;
  /** When it was changed, in seconds since the epoch. */
  readonly mtime: number;
}

/** A plain file for an archive, as its header is to tell. */
export interface TarFile {
  /** With the names of directories before it; {@link fitsHeader} says whether there is room for it. */
  readonly name: Buffer;
  /** In bytes. */
  readonly size: number;
  readonly mode: number;
}

/** The header of a plain file in a tar archive (POSIX.1-2017, pax, "ustar Interchange Format"). */
export function tarHeader(name: Buffer, size: number, mode: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  writeTarHeader(header, 0, { name, size, mode });
  return header;
}

/** Writes such a header to `position` of an archive in memory. */
export function writeTarHeader(archive: Buffer, position: number, { name, size, mode }: TarFile): void {
  BARE.copy(archive, position);
  const slash = slashBeforeName(name);
  name.copy(archive, position, slash + 1);
  if (slash > 0) name.copy(archive, position + PREFIX, 0, slash);
  writeOctal(archive, position + 100, 7, mode);
  writeOctal(archive, position + 124, 11, size);
  // The sum counts its own field as blanks, and ends with NUL and a blank.
  writeOctal(archive, position + SUM, 6, sumOf(archive, position, position + BLOCK));
  archive[position + SUM + 6] = 0;
}

/** How much of an archive a file of `size` bytes takes, header and all. */
export function tarLength(size: number): number {
  return BLOCK + Math.ceil(size / BLOCK) * BLOCK;
}

/** What fills a file's last block. */
export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

/** The end of an archive. */
export function tarEnd(): Buffer {
  return Buffer.alloc(2 * BLOCK);
}

/** Reads a header of the format that {@link tarHeader} writes. `undefined` for what is none. */
export function readTarHeader(block: Buffer): TarMember | undefined {
  const sum = numberAt(block, SUM, AFTER_SUM);
  const blanked = sumOf(block, 0, BLOCK) - sumOf(block, SUM, AFTER_SUM) + (AFTER_SUM - SUM) * BLANK;
  if (sum !== blanked || block.toString('latin1', 257, 265) !== 'ustar\x0000') return undefined;
  const [size, mtime] = [numberAt(block, 124, 136), numberAt(block, 136, 148)];
  if (size === undefined || mtime === undefined) return undefined;
  const prefix = textAt(block, PREFIX, PREFIX + LONGEST_PREFIX);
  const name = textAt(block, 0, LONGEST_NAME);
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    plain: block[156] === 0x30 || block[156] === 0,
    size,
    mtime,
  };
}

/** Whether a header has room for a path: as it is, or parted at one of its slashes. */
export function fitsHeader(path: Buffer): boolean {
  if (path.length <= LONGEST_NAME) return true;
  const slash = slashBeforeName(path);
  return slash > 0 && slash <= LONGEST_PREFIX && slash < path.length - 1;
}

/** Where a path is parted, so that what follows has room in the field for names; -1 where all of it has. */
function slashBeforeName(path: Buffer): number {
  return path.length <= LONGEST_NAME ? -1 : path.indexOf('/', path.length - LONGEST_NAME - 1);
}

const BLANK = 0x20;
const ZERO = 0x30;

/** A header without what differs from file to file. */
const BARE = bareHeader();

function bareHeader(): Buffer {
  const header = Buffer.alloc(BLOCK);
  for (const [position, digits] of [
    [108, 7],
    [116, 7],
    [136, 11],
  ] as const) {
    writeOctal(header, position, digits, 0);
  }
  header.fill(BLANK, SUM, AFTER_SUM);
  header.write('0', AFTER_SUM, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  return header;
}

function writeOctal(header: Buffer, position: number, digits: number, value: number): void {
  let left = value;
  for (let i = position + digits - 1; i >= position; i--) {
    header[i] = ZERO + (left % 8);
    left = Math.floor(left / 8);
  }
}

function sumOf(bytes: Buffer, start: number, end: number): number {
  let sum = 0;
  // There is one for each small file: an iterator would cost ten times as much.
  for (let i = start; i < end; i++) sum += bytes[i] ?? 0;
  return sum;
}

/** Octal digits, blanks before them, and NUL or a blank at their end where there is room for it. */
function numberAt(block: Buffer, start: number, end: number): number | undefined {
  const digits = /^ *([0-7]+)[\0 ]*$/.exec(block.toString('latin1', start, end))?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 8);
}

function textAt(block: Buffer, start: number, end: number): Buffer {
  const field = block.subarray(start, end);
  const length = field.indexOf(0);
  return Buffer.from(length < 0 ? field : field.subarray(0, length));
}
