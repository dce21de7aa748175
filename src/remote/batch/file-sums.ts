import { quote } from '../../core/quote.js';

/** Words on one line, at most; and their bytes: POSIX grants a command no more than 4 KiB, and every system of today 100 KiB. */
const WORDS = 200;
const LINE = 32 * 1024;

/** A line of any of the programs that print SHA-256 sums; a backslash before it says that the name is written with some. */
const SUM = /^(\\?)([0-9a-f]{64}) [ *]?(\.\/.*)$/;

/**
 * Finds a program that makes SHA-256 sums, by what it makes of nothing: `$sum`, empty where there is none, and a line
 * `tool` for {@link readSums} where there is one.
 */
export const FIND_SUM_TOOL: string = [
  'sum=',
  "for try in sha256sum 'shasum -a 256' 'openssl dgst -sha256 -r' 'sha256 -r'; do",
  '  case "$($try </dev/null 2>/dev/null)" in',
  '  e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855*) sum=$try; echo tool; break ;;',
  '  esac',
  'done',
].join('\n');

/** Prints the sums of those files that are there, by paths from the directory in which it runs. Waits for no pipe. */
export function printSums(paths: readonly string[]): string {
  const lines = wordLists(paths).map((words) => withThose('[ -f "$f" ]', words, '$sum "$@" 2>/dev/null'));
  return ['if [ -n "$sum" ]; then', ...lines, ':', 'fi'].join('\n');
}

/** Prints the sums of all files below a directory but the drafts of a transfer. */
export function printSumsBelow(directory: string): string {
  const drafts = quote('.*.hawser-????????');
  return `[ -z "$sum" ] || find ${wordOf(directory)} -type f ! -name ${drafts} -exec $sum {} + 2>/dev/null`;
}

/** What the lines of {@link printSums} say: the sums in hexadecimal digits by the paths. Other lines are passed over. */
export function readSums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, escaped, sum, name] = SUM.exec(line) ?? [];
    if (sum === undefined || name === undefined) continue;
    sums.set((escaped === '' ? name : name.replaceAll('\\\\', '\\')).slice('./'.length), sum);
  }
  return sums;
}

/** Runs a command with those of some words for which a test of `$f` holds, if there are any. */
export function withThose(test: string, words: string, command: string): string {
  return `set --\nfor f in ${words}; do ${test} && set -- "$@" "$f"; done\n[ $# -eq 0 ] || ${command}`;
}

/** Paths from the directory in which a script runs, as the words of its lines: none is taken for an option. */
export function wordLists(paths: Iterable<string>): readonly string[] {
  const lists: string[] = [];
  let list = '';
  let count = 0;
  for (const path of paths) {
    const word = wordOf(path);
    if (count === WORDS || list.length + word.length > LINE) {
      lists.push(list);
      list = '';
      count = 0;
    }
    list += count === 0 ? word : ` ${word}`;
    count += 1;
  }
  if (count > 0) lists.push(list);
  return lists;
}

/** A path from the directory in which a script runs, as a word. */
export function wordOf(path: string): string {
  return quote(`./${path}`);
}
