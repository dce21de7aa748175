import { checkTimeout } from '../../core/deadline.js';
import { OptionError } from '../../core/hawser-error.js';
import { checkEncoding, checkMaxBuffer, type ExecuteOptions } from '../process/options.js';
import { plain } from './prompt.js';
import { checkStatements, type Statement } from './statement.js';

/** How long a command may take where nobody says: a prompt that never comes is waited for no longer. In milliseconds. */
export const DEFAULT_TIMEOUT = 60_000;

/** Options of a command that goes through a prompt, whichever way. They hold for the one call that they are given to. */
export interface CliOptions {
  /** Questions that the command may ask, with their answers. */
  readonly statements?: readonly Statement[];
  /** Lines that say that the command was not carried out, beside those of the platform. `false`: no line says so. */
  readonly errorPatterns?: readonly RegExp[] | false;
}

/**
 * Options of `execute` on a command line. `timeout` is 60,000 ms by default, `Infinity` for none. What needs more than a
 * prompt (`cwd`, `makeCwd`, `env`, `input`, `sudo`, `pty`, `bare`, `killSignal`, `killGrace`) is refused.
 */
export interface CliExecuteOptions extends ExecuteOptions, CliOptions {
  /** The mode to run in; the device stays in it. Default: the one that it is in. */
  readonly mode?: string;
}

/** Options of `configure`: those of `execute`, and `check` is `true` by default. `timeout` is for all lines together. */
export interface ConfigureOptions extends CliOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeout?: number;
  /** Whether a line that is refused ends the call with a `CommandError`, the lines after it not typed. Default `true`. */
  readonly check?: boolean;
  readonly maxBuffer?: number;
}

/** {@link CliExecuteOptions} with defaults filled in and checked. */
export interface CliPlan {
  readonly signal: AbortSignal | undefined;
  readonly timeout: number | undefined;
  readonly statements: readonly Statement[];
  /** `undefined`: no line is an error. */
  readonly errors: readonly RegExp[] | undefined;
  readonly check: boolean;
  readonly maxBuffer: number;
  readonly encoding: BufferEncoding | 'buffer';
  readonly mode: string | undefined;
  readonly onStdout: ((chunk: Buffer) => void) | undefined;
}

const REFUSED = ['cwd', 'makeCwd', 'env', 'input', 'sudo', 'pty', 'bare', 'killSignal', 'killGrace'] as const;

/** Checks options at the door. Throws {@link OptionError} for what a prompt cannot do, or what cannot be meant. */
export function planCli(o: CliExecuteOptions, check: boolean): CliPlan {
  const vain = REFUSED.find((name) => o[name] !== undefined && o[name] !== false);
  if (vain !== undefined) {
    throw new OptionError(
      `Expected no \`${vain}\` option: a command line that has only a prompt cannot do that. Put it in the command, where its language can say it.`,
    );
  }
  return {
    signal: o.signal,
    timeout: o.timeout === undefined ? DEFAULT_TIMEOUT : checkTimeout('timeout', o.timeout),
    statements: checkStatements(o.statements),
    errors: checkPatterns(o.errorPatterns),
    check: o.check ?? check,
    maxBuffer: checkMaxBuffer(o.maxBuffer),
    encoding: checkEncoding(o.encoding),
    mode: o.mode,
    onStdout: o.onStdout?.bind(o),
  };
}

function checkPatterns(patterns: readonly RegExp[] | false | undefined): readonly RegExp[] | undefined {
  if (patterns === false) return undefined;
  if (patterns === undefined) return [];
  if (Array.isArray(patterns) && patterns.every((one) => one instanceof RegExp)) return patterns.map(plain);
  throw new OptionError('Expected the `errorPatterns` option to be a list of regular expressions, or false.');
}
