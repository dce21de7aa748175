import { closeSync, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { AbortError } from '../../core/errors.js';
import { OptionError } from '../../core/hawser-error.js';
import { Mutex } from '../../core/mutex.js';
import { oneLine } from './text.js';

/** A question to the person at the terminal. */
export interface Question {
  /** Untrusted text is welcome: what would move the cursor is made visible. */
  readonly text: string;
  /** Whether what is typed is shown. Default `false`. */
  readonly echo?: boolean;
  /** Why it cannot be done without a terminal: the error says so. */
  readonly what: string;
}

const INTERRUPT = '\u0003';
const END = '\u0004';
const ERASE = new Set(['\u007f', '\b']);

/**
 * Asks questions on `/dev/tty`, whatever stdin and stdout are, one after another. Answers go through no argument, file
 * or environment.
 */
export class Prompt {
  readonly #turn = new Mutex();
  readonly #path: string;
  readonly #hold: () => () => void;

  /** `hold` keeps other output off the terminal while a question stands there, and returns the way to end that. */
  constructor(hold: () => () => void = () => () => {}, path: string = '/dev/tty') {
    this.#hold = hold;
    this.#path = path;
  }

  /** Whether there is a terminal to ask on. */
  get available(): boolean {
    try {
      closeSync(openSync(this.#path, 'r+'));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Asks, and waits for a line.
   *
   * @throws OptionError where there is no terminal; AbortError when Ctrl-C or Ctrl-D is the answer.
   */
  ask(question: Question): Promise<string> {
    return this.#turn.runExclusive(() => this.#ask(question));
  }

  /** Asks a question that `y` or `yes` answers with yes and everything else with no. */
  async confirm(text: string, what: string): Promise<boolean> {
    return /^y(es)?$/i.test((await this.ask({ text: `${text} [y/N] `, echo: true, what })).trim());
  }

  async #ask(question: Question): Promise<string> {
    let fd: number;
    try {
      fd = openSync(this.#path, 'r+');
    } catch (error) {
      throw new OptionError(`Cannot ${question.what}: there is no terminal to ask on.`, { cause: error });
    }
    const release = this.#hold();
    const input = new ReadStream(fd);
    input.setEncoding('utf8').setRawMode(true);
    writeSync(fd, `${oneLine(question.text)} `);
    try {
      return await typedLine(input, (text) => writeSync(fd, text), question);
    } finally {
      input.setRawMode(false);
      writeSync(fd, '\r\n');
      input.destroy();
      release();
    }
  }
}

/** One line as it is typed on a raw terminal; the other keys that edit a line are not worth having here. */
function typedLine(input: ReadStream, show: (text: string) => void, question: Question): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed: string[] = [];
    const stop = (): void => reject(new AbortError(`Did not ${question.what}: the question was not answered.`));
    const take = (key: string): boolean => {
      if (key === '\r' || key === '\n') {
        resolve(typed.join(''));
        return true;
      }
      if (key === INTERRUPT) process.kill(process.pid, 'SIGINT');
      if (key === INTERRUPT || (key === END && typed.length === 0)) {
        stop();
        return true;
      }
      if (ERASE.has(key)) {
        if (typed.length > 0 && question.echo === true) show('\b \b');
        typed = typed.slice(0, -1);
      } else if (key >= ' ') {
        typed.push(key);
        if (question.echo === true) show(key);
      }
      return false;
    };
    input.on('data', (text: string) => {
      for (const key of text) if (take(key)) return;
    });
    input.once('error', reject);
    input.once('end', stop);
  });
}
