import { OptionError } from './hawser-error.js';

/** Characters that mean themselves in every POSIX shell, wherever they stand. */
const PLAIN = /^[A-Za-z0-9_./:@,+-]+$/;

/** Words that are grammar where a command may begin (POSIX.1-2017, §2.4), also in bash and zsh alone. */
const RESERVED: ReadonlySet<string> = new Set(
  (
    'case do done elif else esac fi for if in then until while ' +
    'coproc foreach function nocorrect repeat select time'
  ).split(' '),
);

/**
 * One word, quoted for a POSIX shell (POSIX.1-2017, Shell Command Language, §2.2.2): the shell reads back exactly
 * `word`. Throws {@link OptionError} for a word with a NUL, which no command line can hold.
 */
export function quote(word: string): string {
  if (PLAIN.test(word) && !RESERVED.has(word)) return word;
  if (word.includes('\0')) {
    throw new OptionError('Expected a command without NUL characters: no command line can hold one.');
  }
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command as it is given to hawser: a string goes to the remote shell as it is, an array is quoted word by word. */
export type Command = string | readonly string[];

/** The text that goes to the shell for a {@link Command}. Throws {@link OptionError} for what is none, or empty. */
export function commandText(command: Command): string {
  if (typeof command !== 'string' && !isWords(command)) {
    throw new OptionError(`Expected a command to be a string or a list of strings, got ${kindOf(command)}.`);
  }
  const text = typeof command === 'string' ? command : command.map(quote).join(' ');
  if (text.trim() === '') {
    throw new OptionError('Expected a command, got an empty one: name a program or a shell line to run.');
  }
  if (text.includes('\0')) {
    throw new OptionError('Expected a command without NUL characters: no command line can hold one.');
  }
  return text;
}

function isWords(value: unknown): boolean {
  return Array.isArray(value) && value.every((word) => typeof word === 'string');
}

/**
 * A shell line in which every inserted value is quoted: sh`rm -- ${name}`. Strings, numbers and booleans are one word
 * each, an array is one word for each element. Anything else is an {@link OptionError}, and so is an escape that
 * JavaScript cannot read (a backslash that the shell is to see is written twice).
 */
export function sh(strings: TemplateStringsArray, ...values: unknown[]): string {
  let line = '';
  for (const [i, text] of strings.entries()) {
    if (text === undefined) {
      throw new OptionError(
        `Cannot read the escape in sh\`${strings.raw[i]}\`: write a backslash that the shell is to see twice.`,
      );
    }
    if (i > 0) line += unlikeDescriptor(words(values[i - 1]), text);
    line += text;
  }
  return line;
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.map(words).join(' ');
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return quote(String(value));
  throw new OptionError(
    `Expected the values in sh\`…\` to be strings, numbers, booleans or lists of them, got ${kindOf(value)}.`,
  );
}

/** A number right before `<` or `>` would be read as a file descriptor (POSIX.1-2017, §2.10.1), and not as a word. */
function unlikeDescriptor(quoted: string, next: string): string {
  return /^[<>]/.test(next) ? quoted.replace(/(?<![^\s])\d+$/, "'$&'") : quoted;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list that holds other things';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
