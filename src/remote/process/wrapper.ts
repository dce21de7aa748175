import { randomBytes } from 'node:crypto';
import { quote } from '../../core/quote.js';
import type { RunPlan } from './options.js';

/** Begins each line that the wrapper writes for us; no text has it by chance, together with a random word. */
const MARK = '\x1e';

/** A command line for the far shell, and how to talk with the wrapper in it. */
export interface WrappedCommand {
  /** What is sent to the server. */
  readonly line: string;
  /** The word that the wrapper's lines carry; `undefined` for a command that is sent as it is. */
  readonly nonce: string | undefined;
  /** Goes to stdin before anything else: what must not show in a process list. */
  readonly preamble: string;
}

/**
 * Puts a command into the far shell's terms. A plain command goes as it is; one that needs a directory, variables, sudo,
 * or may have to be ended, goes in a wrapper that
 *
 * 1. reads the variables from stdin, where no process list shows them,
 * 2. goes to the directory,
 * 3. writes its process id on stderr (stdout on a terminal), so that it and its children can be found and ended,
 * 4. becomes the user's shell, with the command as it was given.
 *
 * The wrapper is text for `sh` (POSIX.1-2017) whatever the login shell is: it is one quoted word to that.
 */
export function wrapCommand(command: string, plan: RunPlan, mayBeEnded: boolean): WrappedCommand {
  const { cwd, env, sudo, pty } = plan;
  const needed = mayBeEnded || cwd !== undefined || env !== undefined || sudo !== undefined;
  if (plan.bare || !needed) return { line: command, nonce: undefined, preamble: '' };
  const nonce = randomBytes(9).toString('hex');
  const out = pty === undefined ? '>&2' : '';
  const say = (word: string): string => `printf '\\036%s %s\\n' ${nonce} ${word}${out}`;
  const exports = Object.entries(env ?? {}).map(([name, value]) => `export ${name}=${quoteAlways(value)}`);
  // On a terminal, what is sent is echoed: there the variables go with the command after all.
  const onStdin = pty === undefined && exports.length > 0;
  const steps = [
    ...(onStdin
      ? [`h= l=; while IFS= read -r l && [ "$l" != ${nonce} ]; do h="$h$l\n"; done; eval "$h"; unset h l`]
      : exports),
    ...(cwd === undefined ? [] : [`cd -- ${directory(cwd)} 2>/dev/null || { ${say('cwd')}; exit 127; }`]),
    say('$$'),
    `exec ${sudo === undefined ? '"${SHELL:-/bin/sh}"' : '/bin/sh'} -c "$1"`,
  ];
  const script = `sh -c ${quoteAlways(steps.join('\n'))} hawser ${quoteAlways(command)}`;
  return {
    line: `exec ${sudo === undefined ? script : asUser(script, sudo.user, sudo.password !== undefined, nonce)}`,
    nonce,
    preamble: onStdin ? `${exports.join('\n')}\n${nonce}\n` : '',
  };
}

/** sudo(8) asks on stderr with a line of ours, and reads the answer from stdin; without a password it may not ask. */
function asUser(script: string, user: string | undefined, hasPassword: boolean, nonce: string): string {
  const ask = hasPassword ? `-S -p ${quoteAlways(`${MARK}${nonce} password\n`)}` : '-n';
  return `sudo ${ask} ${user === undefined ? '' : `-u ${quote(user)} `}-- ${script}`;
}

/** A directory as a shell word: `~` means the far home. */
function directory(path: string): string {
  if (path === '~') return '"$HOME"';
  return path.startsWith('~/') ? `"$HOME"/${quoteAlways(path.slice(2))}` : quoteAlways(path);
}

function quoteAlways(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What the wrapper says: `password`, `cwd`, or the process id. */
export type WrapperWord = string;

/**
 * Takes the wrapper's lines out of a stream, and passes everything else on. What a start-up file wrote before them is
 * passed on as well. Once the process id has come it steps aside.
 */
export class MarkerFilter {
  readonly #mark: Buffer;
  readonly #onWord: (word: WrapperWord) => void;
  #held: Buffer = Buffer.alloc(0);
  #done = false;

  constructor(nonce: string, onWord: (word: WrapperWord) => void) {
    this.#mark = Buffer.from(`${MARK}${nonce} `, 'latin1');
    this.#onWord = onWord;
  }

  /** Whether the process id has come. */
  get done(): boolean {
    return this.#done;
  }

  /** The part of a chunk that is the command's own. */
  pass(chunk: Buffer): Buffer {
    if (this.#done) return chunk;
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    const clean: Buffer[] = [];
    for (;;) {
      const at = rest.indexOf(this.#mark);
      if (at === -1) break;
      const end = rest.indexOf(0x0a, at);
      if (end === -1) break;
      clean.push(rest.subarray(0, at));
      // A terminal ends its lines with CR LF.
      const word = rest.toString('latin1', at + this.#mark.length, end).trim();
      rest = rest.subarray(end + 1);
      this.#done = word !== 'password';
      this.#onWord(word);
      if (this.#done) return Buffer.concat([...clean, rest]);
    }
    // The beginning of a mark at the end of the chunk may go on in the next one.
    const from = rest.lastIndexOf(MARK);
    if (from !== -1 && this.#mayBegin(rest.subarray(from))) {
      this.#held = rest.subarray(from);
      rest = rest.subarray(0, from);
    }
    return Buffer.concat([...clean, rest]);
  }

  /** What was held back when the stream ended: it was no mark after all. */
  rest(): Buffer {
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    return held;
  }

  #mayBegin(tail: Buffer): boolean {
    const length = Math.min(tail.length, this.#mark.length);
    return tail.subarray(0, length).equals(this.#mark.subarray(0, length));
  }
}
