import { constants } from 'node:fs';
import { OptionError } from '../../core/hawser-error.js';

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = constants;

/** Flags by the names that Node gives them (node:fs, "File system flags"). */
const NAMED: Readonly<Record<string, number>> = {
  r: O_RDONLY,
  rs: O_RDONLY | O_SYNC,
  'r+': O_RDWR,
  'rs+': O_RDWR | O_SYNC,
  w: O_WRONLY | O_CREAT | O_TRUNC,
  wx: O_WRONLY | O_CREAT | O_TRUNC | O_EXCL,
  'w+': O_RDWR | O_CREAT | O_TRUNC,
  'wx+': O_RDWR | O_CREAT | O_TRUNC | O_EXCL,
  a: O_WRONLY | O_CREAT | O_APPEND,
  ax: O_WRONLY | O_CREAT | O_APPEND | O_EXCL,
  as: O_WRONLY | O_CREAT | O_APPEND | O_SYNC,
  'a+': O_RDWR | O_CREAT | O_APPEND,
  'ax+': O_RDWR | O_CREAT | O_APPEND | O_EXCL,
  'as+': O_RDWR | O_CREAT | O_APPEND | O_SYNC,
};

/** The same with the letters the other way round. */
const TWISTED: Readonly<Record<string, string>> = { sr: 'rs', 'sr+': 'rs+', xw: 'wx', 'xw+': 'wx+' };
const TWISTED_APPEND: Readonly<Record<string, string>> = { xa: 'ax', 'xa+': 'ax+', sa: 'as', 'sa+': 'as+' };

/** The flags of open(2), given by number or by Node's name. Throws {@link OptionError} for any other. */
export function openFlags(flags: string | number | undefined, otherwise: string): number {
  const given = flags ?? otherwise;
  if (typeof given === 'number') {
    if (Number.isInteger(given) && given >= 0) return given;
  } else {
    const found = NAMED[TWISTED[given] ?? TWISTED_APPEND[given] ?? given];
    if (found !== undefined) return found;
  }
  throw new OptionError(
    `Expected the \`flags\` to be one of ${Object.keys(NAMED).join(', ')} or a number, got ${String(flags)}.`,
  );
}

/** Whether to open a file in this way, and to read it, leaves everything as it was. */
export function onlyReads(flags: number): boolean {
  return (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND)) === 0;
}

/** Permissions, as a number or as octal digits. Throws {@link OptionError} for any other. */
export function fileMode(mode: string | number | undefined, otherwise: number): number {
  const value = typeof mode === 'string' && /^[0-7]+$/.test(mode) ? Number.parseInt(mode, 8) : (mode ?? otherwise);
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff) return value;
  throw new OptionError(`Expected the \`mode\` to be a number or octal digits, such as 0o644 or '644', got ${mode}.`);
}

/** An encoding that Buffers know. Throws {@link OptionError} for any other. */
export function textEncoding(encoding: string | null | undefined): BufferEncoding | undefined {
  if (encoding === undefined || encoding === null || encoding === 'buffer') return undefined;
  if (Buffer.isEncoding(encoding)) return encoding;
  throw new OptionError(`Expected the \`encoding\` to be one that Buffer knows, such as 'utf8', got ${encoding}.`);
}
