import { OptionError } from './hawser-error.js';

/** Words that mean themselves in every POSIX shell, wherever they stand. */
const PLAIN = /^[A-Za-z0-9_./:@,+-]+$/;

/**
 * One word, quoted for a POSIX shell (POSIX.1-2017, Shell Command Language, §2.2.2): the shell reads back exactly
 * `word`. Throws {@link OptionError} for a word with a NUL, which no command line can hold.
 */
export function quote(word: string): string {
  if (PLAIN.test(word)) return word;
  if (word.includes('\0')) {
    throw new OptionError('Expected a command without NUL characters: no command line can hold one.');
  }
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command as it is given to hawser: a string goes to the remote shell as it is, an array is quoted word by word. */
export type Command = string | readonly string[];

/** The text that goes to the shell for a {@link Command}. Throws {@link OptionError} for an empty one. */
export function commandText(command: Command): string {
  const text = typeof command === 'string' ? command : command.map(quote).join(' ');
  if (text.trim() === '') {
    throw new OptionError('Expected a command, got an empty one: name a program or a shell line to run.');
  }
  if (text.includes('\0')) {
    throw new OptionError('Expected a command without NUL characters: no command line can hold one.');
  }
  return text;
}

/**
 * A shell line in which every inserted value is quoted: sh`rm -- ${name}`. Strings, numbers and booleans are one word
 * each, an array is one word for each element. Anything else is an {@link OptionError}.
 */
export function sh(strings: TemplateStringsArray, ...values: unknown[]): string {
  return strings.reduce((line, text, i) => line + words(values[i - 1]) + text);
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.map(words).join(' ');
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return quote(String(value));
  throw new OptionError(
    `Expected the values in sh\`…\` to be strings, numbers, booleans or arrays of them, got ${value === null ? 'null' : typeof value}.`,
  );
}
