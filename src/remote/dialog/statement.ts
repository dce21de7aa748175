import { DialogError } from '../../core/errors.js';
import { OptionError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import { plain } from './prompt.js';

/** A question that a command may ask, and the answer. */
export interface Statement {
  /** Looked for in the latest text; it must reach into the line that the device is waiting in. */
  readonly pattern: RegExp | string;
  /** What to type, or what gives it: it is called when the question is asked. `''` is Enter alone. */
  readonly answer: string | ((match: RegExpExecArray) => string | Promise<string>);
  /** Whether the answer is a secret: no transcript and no message shows it. Default `false`. */
  readonly secret?: boolean;
  /** Whether Enter is pressed after the answer. Default `true`. */
  readonly enter?: boolean;
  /** Whether the question may come more than once. Default `false`: one that comes again was not answered well. */
  readonly loop?: boolean;
  /** Whether a prompt is waited for afterwards. Default `true`; `false` ends the command here (a device that reboots). */
  readonly continue?: boolean;
}

/** A question that is being asked. */
export interface Asked {
  readonly statement: Statement;
  readonly match: RegExpExecArray;
}

/** Checks statements at the door, and keeps a copy that later changes do not reach. Throws {@link OptionError}. */
export function checkStatements(statements: readonly Statement[] | undefined): readonly Statement[] {
  if (statements === undefined) return [];
  if (!Array.isArray(statements)) throw new OptionError('Expected the `statements` option to be a list of statements.');
  return Object.freeze(statements.map(checkStatement));
}

function checkStatement(statement: Statement): Statement {
  const { pattern, answer } = statement;
  if (!(pattern instanceof RegExp) && (typeof pattern !== 'string' || pattern === '')) {
    throw new OptionError(
      'Expected the `pattern` of a statement to be a regular expression or text that is not empty.',
    );
  }
  if (typeof answer !== 'string' && typeof answer !== 'function') {
    throw new OptionError(
      `Expected the \`answer\` of the statement for ${String(pattern)} to be text or a function that gives it.`,
    );
  }
  return Object.freeze({ ...statement });
}

/** A text or a pattern as a pattern without state. */
export function asPattern(pattern: RegExp | string): RegExp {
  return typeof pattern === 'string' ? new RegExp(pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')) : plain(pattern);
}

/** The statements of one command: which were asked, and what they answer. */
export class Statements {
  readonly #name: string;
  readonly #entries: readonly { readonly statement: Statement; readonly pattern: RegExp }[];
  readonly #answered = new Set<Statement>();

  /** @param name what messages call the device. */
  constructor(name: string, statements: readonly Statement[]) {
    this.#name = name;
    this.#entries = statements.map((statement) => ({ statement, pattern: asPattern(statement.pattern) }));
  }

  /** The question that the text ends in, if it is one of these. `line`: the line that the device is waiting in. */
  find(recent: string, line: string): Asked | undefined {
    if (line === '') return undefined;
    for (const { statement, pattern } of this.#entries) {
      const match = pattern.exec(line) ?? pattern.exec(recent);
      if (match === null) continue;
      const reaches = match.input === line || match.index + match[0].length > recent.length - line.length;
      if (reaches) return { statement, match };
    }
    return undefined;
  }

  /** What to type. Throws {@link DialogError} for a question that was answered before. */
  async answer({ statement, match }: Asked): Promise<string> {
    const isAgain = this.#answered.has(statement) && statement.loop !== true;
    if (isAgain) {
      throw new DialogError(
        'question',
        `${this.#name} asks ${JSON.stringify(visible(match[0]))} again: it did not take the answer. Give another one, or \`loop: true\`.`,
        { host: this.#name },
      );
    }
    this.#answered.add(statement);
    const text = typeof statement.answer === 'string' ? statement.answer : await statement.answer(match);
    if (typeof text !== 'string') {
      throw new OptionError(`Expected the answer to ${String(statement.pattern)} to be text, got ${typeof text}.`);
    }
    return text;
  }
}
