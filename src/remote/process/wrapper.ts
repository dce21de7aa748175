import { randomBytes } from 'node:crypto';
import { quote } from '../../core/quote.js';
import { parseProcess } from './far-process.js';
import type { RunPlan } from './options.js';

/** The variable by which all that a command has started is found again: it inherits the command's own random word. */
const MARK_VARIABLE = 'HAWSER_RUN';

/** Commands of more characters travel on stdin: dropbear takes no longer ones, and sshd ends a connection at 256 KiB. */
const LONG = 4000;

/** Of a random word, in hexadecimal digits. */
const WORD_LENGTH = 32;
/** Random words that are fetched at once: each time costs as much as some commands do. */
const WORDS_AT_ONCE = 128;

/** What means itself between single quotes in sh and its kin, csh and fish alike. */
const UNDISPUTED = /^(?:[^\\\n!\uDC80-\uDCFF]|[\uD800-\uDBFF][\uDC00-\uDFFF])*$/;

/** What {@link escaped} replaces; a lone low surrogate is a byte of a name that is no UTF-8 (see `nameFromBytes`). */
const DISPUTED = /[\\\n!']|(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/g;

const NOTHING = Buffer.alloc(0);

/** A command line for the far shell, and how to talk with the wrapper in it. */
export interface WrappedCommand {
  /** What is sent to the server. */
  readonly line: string;
  /** The word that the wrapper's words carry; `undefined` for a command that is sent as it is. */
  readonly nonce: string | undefined;
  /** Goes to stdin before anything else: what must not show in a process list. */
  readonly preamble: string;
  /** Whether the preamble, and all input, has to wait until the wrapper asks for it. */
  readonly asks: boolean;
}

/** `NAME=value` as it stands in the environment of all that a wrapped command starts. */
export function markOf(nonce: string): string {
  return `${MARK_VARIABLE}=${nonce}`;
}

/** What {@link wordIn} looks for: no shell has a reason to write it differently. */
const MARKED = new RegExp(`export ${MARK_VARIABLE}=([0-9a-f]{${WORD_LENGTH}});`);

/**
 * The random word of a line that {@link wrapCommand} has made. `undefined` for a command without a wrapper, and for one that
 * runs as another user, who has to be asked to end it.
 */
export function wordIn(line: string): string | undefined {
  return line.startsWith('exec sudo ') ? undefined : MARKED.exec(line)?.[1];
}

/**
 * Puts a command into the far shell's terms. A plain command goes as it is; one that needs a directory, variables, sudo,
 * may have to be ended, or is long, goes in a wrapper that
 *
 * 1. reads the variables from stdin, where no process list shows them, and a long command too,
 * 2. goes to the directory, and makes it first where that is asked for,
 * 3. writes its process id and its start on stderr (stdout on a terminal), so that it can be found and ended,
 * 4. becomes the user's shell (with sudo: `/bin/sh`), with the command as it was given.
 *
 * The wrapper is text for `sh` (POSIX.1-2017) whatever the login shell is: one word to that, which any shell takes.
 */
export function wrapCommand(command: string, plan: RunPlan, mayBeEnded: boolean): WrappedCommand {
  const { cwd, makeCwd, env, sudo, pty } = plan;
  const isLong = command.length > LONG;
  const needed = mayBeEnded || isLong || cwd !== undefined || env !== undefined || sudo !== undefined;
  if (plan.bare || !needed) return { line: command, nonce: undefined, preamble: '', asks: false };
  const nonce = randomWord();
  if (isLong || env !== undefined || sudo !== undefined || pty !== undefined) return wrap(command, plan, nonce);
  if (latest === undefined || latest.command !== command || latest.cwd !== cwd || latest.makeCwd !== makeCwd) {
    latest = { command, cwd, makeCwd, parts: wrap(command, plan, nonce).line.split(nonce) };
  }
  return { line: latest.parts.join(nonce), nonce, preamble: '', asks: false };
}

/** The last wrapper that has nothing of its own but the random word between its parts: a fleet needs the same for each host. */
let latest:
  | (Pick<RunPlan, 'cwd' | 'makeCwd'> & { readonly command: string; readonly parts: readonly string[] })
  | undefined;

let words = '';

/** A word that nobody can guess. */
function randomWord(): string {
  if (words.length === 0) words = randomBytes((WORDS_AT_ONCE * WORD_LENGTH) / 2).toString('hex');
  const word = words.slice(0, WORD_LENGTH);
  words = words.slice(WORD_LENGTH);
  return word;
}

function wrap(command: string, plan: RunPlan, nonce: string): WrappedCommand {
  const { cwd, makeCwd, env = {}, sudo, pty } = plan;
  const isLong = command.length > LONG;
  const onTerminal = pty !== undefined;
  // sudo reads the password before the wrapper runs, and a terminal echoes: there the wrapper is heard first.
  const asks = onTerminal || sudo !== undefined;
  // Where a start-up file has the shell print what it runs, the word itself must not be in it.
  const say = (word: string): string => `printf %s "${wordOf(`$${MARK_VARIABLE}`, word)}"${onTerminal ? '' : ' >&2'}`;
  const theCommand = `set -- ${quoteAlways(command)} ${sudo === undefined ? '"${SHELL:-/bin/sh}"' : '/bin/sh'}`;
  const onStdin = [...(isLong ? [theCommand] : []), ...Object.entries(env).map(assignment)];
  const steps = [
    ...(isLong ? [] : [theCommand]),
    `export ${markOf(nonce)}`,
    ...(onStdin.length === 0 ? [] : readMore(onTerminal, asks ? say('more') : undefined)),
    ...(cwd === undefined ? [] : [`${enter(cwd, makeCwd)} || { ${say('cwd')}; exit 127; }`]),
    'hawser_stat=',
    '{ IFS= read -r hawser_stat </proc/$$/stat; } 2>/dev/null',
    // A channel that was closed meanwhile takes no word: then nobody wants the command any more.
    `${say('$$ ${hawser_stat##*) }')} || exit 1`,
    ...(cwd === undefined || sudo !== undefined ? [] : [STAY]),
    'exec "$2" -c "$1"',
  ];
  const script = inSh(steps.join('; '));
  return {
    line: `exec ${sudo === undefined ? script : asUser(script, sudo.user, sudo.password !== undefined, nonce)}`,
    nonce,
    preamble: onStdin.length === 0 ? '' : `${escaped(onStdin.join('; '))}\n`,
    asks,
  };
}

/**
 * Shells read start-up files also for one command (bash where sshd has started it, zsh, csh and fish always), and there are
 * such that go elsewhere: the command begins by going back. `cd` may be a function there.
 */
const STAY = [
  'HAWSER_CWD=$PWD',
  'export HAWSER_CWD',
  'case $2 in *csh) hawser_cd=cd ;; *fish | *zsh) hawser_cd="builtin cd" ;; *) hawser_cd="command cd" ;; esac',
  `set -- "$hawser_cd "'"$HAWSER_CWD" || exit 127; '"$1" "$2"`,
].join('; ');

/** Runs a script in `sh`, from whichever shell. What shells read differently between quotes is escaped for printf(1). */
function inSh(script: string): string {
  if (UNDISPUTED.test(script)) return `sh -c ${quoteAlways(script)}`;
  return `sh -c 'eval "$(printf %b "$1")"' hawser '${escaped(script)}'`;
}

/** Text for printf's `%b` (POSIX.1-2017, printf) in one line, without a quote, `!` or a backslash that stands for itself. */
function escaped(text: string): string {
  return text.replace(DISPUTED, (c) => `\\0${(c.charCodeAt(0) & 0xff).toString(8).padStart(3, '0')}`);
}

function assignment([name, value]: readonly [string, string]): string {
  return `export ${name}=${quoteAlways(value)}`;
}

/**
 * Reads one line of the script from stdin. A terminal would echo it, cut it after 4,095 bytes, and take control
 * characters for its own (termios(3)).
 */
function readMore(onTerminal: boolean, ask: string | undefined): string[] {
  const read = [
    ...(ask === undefined ? [] : [ask]),
    'IFS= read -r hawser_more || exit 1',
    ...(onTerminal ? ['stty "$hawser_tty"'] : []),
    'eval "unset hawser_more hawser_tty; $(printf %b "$hawser_more")"',
  ];
  return onTerminal ? ['hawser_tty=$(stty -g)', 'stty raw -echo', ...read] : read;
}

/** sudo(8) asks on stderr with a word of ours, and reads the answer from stdin; without a password it may not ask. */
function asUser(script: string, user: string | undefined, hasPassword: boolean, nonce: string): string {
  const ask = hasPassword ? `-S -p ${quoteAlways(wordOf(nonce, 'password'))}` : '-n';
  return `sudo ${ask} ${user === undefined ? '' : `-u ${quote(user)} `}-- ${script}`;
}

/** Goes to a directory. Only where that fails is it made, in a shell of its own with the permissions as its umask. */
function enter(cwd: string, mode: number | undefined): string {
  const word = directory(cwd);
  const go = `cd -- ${word} 2>/dev/null`;
  if (mode === undefined) return go;
  const mask = mode === 0o777 ? '' : `umask $(printf %o $((0$(umask) | 0${(~mode & 0o777).toString(8)}))); `;
  return `${go} || { (${mask}mkdir -p -- ${word}) 2>/dev/null && ${go}; }`;
}

/** A directory as a shell word: `~` means the far home. A relative one is not looked for in `CDPATH`. */
function directory(path: string): string {
  if (path === '~') return '"$HOME"';
  if (path.startsWith('~/')) return `"$HOME"/${quoteAlways(path.slice(2))}`;
  return quoteAlways(path.startsWith('/') ? path : `./${path}`);
}

function quoteAlways(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What the wrapper says: `password`, `more`, `cwd`, or the process. */
export type WrapperWord = string;

function wordOf(nonce: string, word: string): string {
  return `${nonce}:${word};`;
}

/**
 * Takes the wrapper's words out of a stream, and passes everything else on. What a start-up file wrote before them is
 * passed on as well, or goes to `onBefore` where there is one. Once the process id has come it steps aside.
 */
export class MarkerFilter {
  readonly #nonce: string;
  #bytes: Buffer | undefined;
  readonly #onWord: (word: WrapperWord) => void;
  readonly #onBefore: ((chunk: Buffer) => void) | undefined;
  #held: Buffer = NOTHING;
  #done = false;

  constructor(nonce: string, onWord: (word: WrapperWord) => void, onBefore?: (chunk: Buffer) => void) {
    this.#nonce = nonce;
    this.#onWord = onWord;
    this.#onBefore = onBefore;
  }

  /** What each word begins with. */
  get #mark(): Buffer {
    this.#bytes ??= Buffer.from(`${this.#nonce}:`, 'latin1');
    return this.#bytes;
  }

  /** Whether the process id has come. */
  get done(): boolean {
    return this.#done;
  }

  /** The part of a chunk that is the command's own. */
  pass(chunk: Buffer): Buffer {
    if (this.#done) return chunk;
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const clean: Buffer[] = [];
    const before = this.#onBefore ?? ((part: Buffer): unknown => clean.push(part));
    while (!this.#done) {
      const at = rest.indexOf(this.#mark);
      const end = at === -1 ? -1 : rest.indexOf(';', at);
      if (end === -1) break;
      before(rest.subarray(0, at));
      const word = rest.toString('latin1', at + this.#mark.length, end);
      rest = rest.subarray(end + 1);
      this.#done = word === 'cwd' || parseProcess(word) !== undefined;
      this.#onWord(word);
    }
    if (this.#done) {
      this.#held = NOTHING;
      clean.push(rest);
    } else {
      const from = this.#beginningOfMark(rest);
      before(rest.subarray(0, from));
      this.#held = rest.subarray(from);
    }
    return clean.length === 1 && clean[0] !== undefined ? clean[0] : Buffer.concat(clean);
  }

  /** What was held back when the stream ended: it was no mark after all. */
  rest(): Buffer {
    const held = this.#held;
    this.#held = NOTHING;
    this.#onBefore?.(held);
    return this.#onBefore === undefined ? held : NOTHING;
  }

  /** Where a mark begins that may go on in the next chunk; the length where none does. */
  #beginningOfMark(text: Buffer): number {
    const whole = text.indexOf(this.#mark);
    if (whole !== -1) return whole;
    for (let at = Math.max(0, text.length - this.#mark.length + 1); at < text.length; at += 1) {
      const tail = text.subarray(at);
      if (this.#mark.subarray(0, tail.length).equals(tail)) return at;
    }
    return text.length;
  }
}
