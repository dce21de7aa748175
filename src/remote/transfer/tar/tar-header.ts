/** The unit of a tar archive, in bytes. */
export const BLOCK = 512;

/** The longest name that a header holds by itself (POSIX.1-2017, pax, "ustar Interchange Format"), in bytes. */
export const LONGEST_NAME = 100;

/** The longest path before the name, which has a field of its own, in bytes. */
const LONGEST_PREFIX = 155;

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

/** The header of a plain file in a tar archive (POSIX.1-2017, pax, "ustar Interchange Format"). */
export function tarHeader(name: Buffer, size: number, mode: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  name.copy(header, 0);
  const octal = (value: number, at: number, width: number): void => {
    header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  };
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  header.write('        0', SUM, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  // The sum counts its own field as blanks, and ends with NUL and a blank.
  header.write(`${sumOf(header).toString(8).padStart(6, '0')}\0 `, SUM, 'latin1');
  return header;
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
  const blanked = sumOf(block) - sumOf(block.subarray(SUM, AFTER_SUM)) + (AFTER_SUM - SUM) * BLANK;
  if (sum !== blanked || block.toString('latin1', 257, 265) !== 'ustar\x0000') return undefined;
  const [size, mtime] = [numberAt(block, 124, 136), numberAt(block, 136, 148)];
  if (size === undefined || mtime === undefined) return undefined;
  const prefix = textAt(block, 345, 345 + LONGEST_PREFIX);
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
  const slash = path.indexOf('/', path.length - LONGEST_NAME - 1);
  return slash > 0 && slash <= LONGEST_PREFIX && slash < path.length - 1;
}

const BLANK = 0x20;

function sumOf(bytes: Buffer): number {
  let sum = 0;
  // There is one for each small file: an iterator would cost ten times as much.
  for (let i = 0; i < bytes.length; i++) sum += bytes[i] ?? 0;
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
