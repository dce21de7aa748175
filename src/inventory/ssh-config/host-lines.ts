import type { HostBlock } from './host-entry.js';
import type { ConfigLine } from './lexer.js';

/** What stands for a file where a setting of such a host is at fault. */
const SOURCE = 'addHosts';

/** Keywords that take everything behind them, as it is. */
const WHOLE: ReadonlySet<string> = new Set(['proxyJump', 'proxyCommand']);
/** Keywords that take one file a line, and add up. */
const ONE_A_LINE: ReadonlySet<string> = new Set(['identityFile', 'certificateFile']);

/** The lines that the block of a host would have in a file. */
export function hostLines({ settings }: HostBlock): readonly ConfigLine[] {
  const lines: ConfigLine[] = [];
  const add = (written: string, rest: string): void => {
    const line = lines.length + 1;
    lines.push({ file: SOURCE, line, column: 1, keyword: written.toLowerCase(), written, rest, restColumn: 1 });
  };
  for (const [field, value] of settings) {
    const words = typeof value === 'string' ? [value] : value;
    if (WHOLE.has(field)) add(field, words.join(','));
    else if (ONE_A_LINE.has(field)) for (const word of words) add(field, quoted(word));
    else add(field, words.map(quoted).join(' '));
  }
  return lines;
}

function quoted(word: string): string {
  return `"${word.replaceAll(/["\\]/g, '\\$&')}"`;
}
