import { quote } from '../../../core/quote.js';

/** What every script begins with: words in one language, and the means to say why it ends. */
const PRELUDE = `LC_ALL=C; export LC_ALL
fail() { printf 'hawser:%s\\n' "$1" >&2; exit 9; }
there() { [ -e "$1" ] || [ -h "$1" ] || { ls -d "$1" >/dev/null || exit 9; }; }
`;

/** Characters that mean themselves between single quotes in every shell, and to printf(1). */
const PLAIN = /[^A-Za-z0-9_./:=@%+, -]/g;

/**
 * A path as one word of a script, bytes kept as Latin-1. A relative one begins with `./`, so that none is taken for an
 * option, or for a place that a command knows by another meaning (`cd -`).
 */
export function word(path: Buffer): string {
  const text = path.toString('latin1');
  return quote(text.startsWith('/') ? text : `./${text}`);
}

/** Bytes that are no path, as one word of a script. */
export function bytesWord(bytes: Buffer): string {
  return quote(bytes.toString('latin1'));
}

/**
 * The command line for a script in `sh` (POSIX.1-2017), from whichever login shell, with whatever bytes are in it. It
 * prints `mark` before anything else; stdin is the script's own.
 */
export function shellLine(script: string, mark: string): string {
  const escaped = `${PRELUDE}printf %s ${mark}\n${script}`.replace(PLAIN, (c) => {
    return `\\0${c.charCodeAt(0).toString(8).padStart(3, '0')}`;
  });
  return `exec sh -c 'eval "$(printf %b "$1")"' hawser '${escaped}'`;
}
