import { randomBytes } from 'node:crypto';
import { quote } from '../../core/quote.js';
import type { KnownPrompt, Prompt } from './prompt.js';

/** A terminal in its canonical mode takes lines of 4095 bytes (termios(3)); so many characters are far below that. */
const LONGEST_PIECE = 900;
/** A marker is not searched for beyond this. */
const LONGEST_MARKER = 64;

/** A prompt of our own for a POSIX shell: a number that nobody can guess, and the exit status of the command before. */
export class ShellPrompt implements KnownPrompt {
  readonly #name = `hawser-${randomBytes(6).toString('hex')}`;
  readonly #mode: string;
  readonly #pattern: RegExp;

  /** @param mode the name of the mode that it stands for. */
  constructor(mode: string) {
    this.#mode = mode;
    this.#pattern = new RegExp(`\\[${this.#name}:(\\d{1,3})\\]# $`);
  }

  /**
   * The line that gives it to a shell. Besides it has the terminal echo nothing, and what is typed left out of the user's
   * history. All of it ends with the session.
   */
  get setup(): string {
    return [
      ' unset HISTFILE PROMPT_COMMAND',
      'stty -echo',
      `[ -z "\${ZSH_VERSION-}" ] || { setopt promptsubst; unsetopt zle promptcr promptsp; }`,
      `PS2= PS1='[${this.#name}:$?]# '`,
    ].join('; ');
  }

  /** The prompt at the end of a line: text before it is output that did not end its line. */
  read(line: string): Prompt | undefined {
    const tail = line.slice(-LONGEST_MARKER);
    const match = this.#pattern.exec(tail);
    if (match === null) return undefined;
    const start = line.length - tail.length + match.index;
    return { mode: this.#mode, host: undefined, status: Number(match[1]), settle: 0, start };
  }
}

/**
 * A command as it is typed to a shell: one that is incomplete is an error of the shell's and not a wait for the rest, keys
 * with a meaning of their own are not pressed, and no line is too long for a terminal.
 */
export function shellLine(command: string): string {
  if (/[\u0000-\u001f\u007f]/.test(command)) return `eval "$(printf %b ${pieces(escaped(command))})"`;
  // What begins with a hyphen would be an option of eval.
  return `eval ${pieces(command.startsWith('-') ? ` ${command}` : command)}`;
}

/** printf(1): `%b` reads `\0ooo`. */
function escaped(command: string): string {
  return command.replace(/[\u0000-\u001f\u007f\\]/g, (c) => `\\0${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function pieces(text: string): string {
  const parts = text.match(new RegExp(`[^]{1,${LONGEST_PIECE}}`, 'gu')) ?? [''];
  return parts.map((part) => (parts.length === 1 ? quote(part) : `'${part.replaceAll("'", "'\\''")}'`)).join('\\\r');
}
