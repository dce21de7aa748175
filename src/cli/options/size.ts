import { OptionError } from '../../core/hawser-error.js';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/**
 * Reads a number of bytes as it is written on a command line: `65536`, `64k`, `16M`, `1G` (powers of 1,024).
 *
 * @throws OptionError for anything else.
 */
export function parseSize(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)(?:([kmg])(?:i?b)?)?$/i.exec(text) ?? [];
  const bytes = Number(number) * (UNITS[unit.toLowerCase()] ?? 0);
  if (number !== '' && Number.isSafeInteger(bytes)) return bytes;
  throw new OptionError(`Expected a number of bytes such as 65536, 64k or 16M, got ${JSON.stringify(text)}.`);
}
