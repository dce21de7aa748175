import type { Readable } from 'node:stream';
import type { Abortable } from '../../core/abort.js';
import { checkTimeout } from '../../core/deadline.js';
import { OptionError } from '../../core/hawser-error.js';
import type { Pty } from '../../transport/contract.js';

/** What a pseudo-terminal is to be like; what is left out is 80 columns, 24 rows, `xterm-256color`. */
export interface PtyOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly term?: string;
}

/** Whom a command runs as, and the password that sudo(8) asks for. */
export interface SudoOptions {
  /** Default `root`. */
  readonly user?: string;
  /** Fetched when sudo asks. Without it a sudo that asks is an error. It never appears in a process list or a log. */
  readonly password?: string | (() => string | Promise<string>);
}

/** Options of running a command, whichever way. */
export interface RunOptions extends Abortable {
  /** The directory to run in; a leading `~` is the remote home. Default: where the server puts a session. */
  readonly cwd?: string;
  /**
   * Whether `cwd` is made, with what is missing above it, where it is not there; a number: with these permissions, less the
   * machine's umask. It costs no further round trip. Default `false`.
   */
  readonly makeCwd?: boolean | number;
  /** Variables to set, whatever the server's AcceptEnv says. They travel on stdin and show in no process list. */
  readonly env?: Readonly<Record<string, string>>;
  /** Limit in milliseconds, from the moment at which the connection stands; past it the command is ended. Default: none. */
  readonly timeout?: number;
  /** Run on a pseudo-terminal: stderr comes in stdout then. Default `false`. */
  readonly pty?: boolean | PtyOptions;
  readonly sudo?: boolean | SudoOptions;
  /** The first signal for a command that must end: `'TERM'` unless set. */
  readonly killSignal?: string;
  /** How long it has before `KILL`, in milliseconds. Default 5,000. */
  readonly killGrace?: number;
  /**
   * Send the command exactly as it is, for servers without a POSIX shell. Then there is no `cwd`, `env` or `sudo`, and a
   * command that must end is told so by SSH's own signal and by closing its channel. Default `false`.
   */
  readonly bare?: boolean;
}

/** Options of `execute`. */
export interface ExecuteOptions extends RunOptions {
  /** What the command reads; stdin ends after it. A stream that is not read to its end stays its owner's. Default: nothing. */
  readonly input?: string | Uint8Array | Readable;
  /** Whether anything but an exit with status 0 throws a `CommandError`. Default `false`. */
  readonly check?: boolean;
  /** Of stdout and stderr; `'buffer'` for bytes. Default `'utf8'`. */
  readonly encoding?: BufferEncoding | 'buffer';
  /** The most bytes to keep of each of stdout and stderr: what comes after is read and dropped. Default 16 MiB. */
  readonly maxBuffer?: number;
  /**
   * Called with each chunk as it comes, beside the collecting. It may be asynchronous: then no more of that stream is read
   * until its promise settles, so that a remote program which writes faster than that has to wait. What it throws, and a rejection,
   * ends the command.
   */
  onStdout?(chunk: Buffer): void;
  /** As {@link onStdout}, of stderr. */
  onStderr?(chunk: Buffer): void;
}

/** Options of `spawn`. */
export interface SpawnOptions extends RunOptions {
  /** Of the text in the result of `wait()`. Default `'utf8'`. */
  readonly encoding?: BufferEncoding;
  /** As for `execute`: of what `wait()` collects. Default 16 MiB. */
  readonly maxBuffer?: number;
}

/** Options of `shell`. */
export interface ShellOptions extends Abortable {
  /** Default `true`. */
  readonly pty?: boolean | PtyOptions;
  /** Default `'utf8'`. */
  readonly encoding?: BufferEncoding;
}

/** {@link RunOptions} with every default filled in and every value checked. */
export interface RunPlan {
  readonly cwd: string | undefined;
  /** The permissions that `cwd` is made with where it is missing; `undefined`: it is not made. */
  readonly makeCwd: number | undefined;
  readonly env: Readonly<Record<string, string>> | undefined;
  readonly timeout: number | undefined;
  readonly pty: Pty | undefined;
  readonly sudo: SudoOptions | undefined;
  readonly killSignal: string;
  readonly killGrace: number;
  readonly bare: boolean;
  readonly signal: AbortSignal | undefined;
}

const DEFAULT_MAX_BUFFER = 16 * 1024 * 1024;
const DEFAULT_KILL_GRACE = 5000;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SIGNAL = /^[A-Z][A-Z0-9]*$/;

/** Checks the options of a run. Throws {@link OptionError} for one that cannot be meant. */
export function planRun(o: RunOptions): RunPlan {
  const env = o.env === undefined || Object.keys(o.env).length === 0 ? undefined : o.env;
  for (const [name, value] of Object.entries(env ?? {})) checkVariable(name, value);
  checkText('cwd', o.cwd);
  const sudo = o.sudo === true ? {} : o.sudo === false ? undefined : o.sudo;
  if (sudo?.user !== undefined && (sudo.user === '' || sudo.user.startsWith('-') || sudo.user.includes('\0'))) {
    throw new OptionError(`Expected \`sudo.user\` to be a user name, got ${JSON.stringify(sudo.user)}.`);
  }
  const bare = o.bare ?? false;
  if (bare && (env !== undefined || o.cwd !== undefined || sudo !== undefined)) {
    throw new OptionError('Expected no `cwd`, `env` or `sudo` beside `bare`: they need a POSIX shell.');
  }
  return {
    cwd: o.cwd,
    makeCwd: o.makeCwd === undefined || o.makeCwd === false ? undefined : checkMakeCwd(o.makeCwd, o.cwd),
    env,
    timeout: checkTimeout('timeout', o.timeout),
    pty: planPty(o.pty),
    sudo,
    killSignal: checkSignal(o.killSignal ?? 'TERM'),
    killGrace: checkGrace(o.killGrace ?? DEFAULT_KILL_GRACE),
    bare,
    signal: o.signal,
  };
}

/** The encoding of what is read, checked. */
export function checkEncoding<E extends BufferEncoding | 'buffer'>(value: E | undefined): E | 'utf8' {
  if (value === undefined || value === 'buffer' || Buffer.isEncoding(value)) return value ?? 'utf8';
  throw new OptionError(
    `Expected the \`encoding\` option to be "buffer" or an encoding of Node's Buffer, got ${JSON.stringify(value)}.`,
  );
}

/** The terminal that is asked for, if one is. Throws {@link OptionError} for sizes that are none. */
export function planPty(pty: boolean | PtyOptions | undefined): Pty | undefined {
  if (pty === undefined || pty === false) return undefined;
  const { columns = 80, rows = 24, term = 'xterm-256color' } = pty === true ? {} : pty;
  checkSize({ columns, rows });
  return { columns, rows, term };
}

/** Checks a terminal's size: positive integers. */
export function checkSize(size: { readonly columns: number; readonly rows: number }): void {
  for (const [name, value] of Object.entries(size)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new OptionError(`Expected the \`${name}\` of a terminal to be a positive integer, got ${String(value)}.`);
    }
  }
}

/** The limit on what is kept of each stream, checked. */
export function checkMaxBuffer(value: number | undefined): number {
  if (value === undefined) return DEFAULT_MAX_BUFFER;
  if (value === Number.POSITIVE_INFINITY || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw new OptionError(`Expected the \`maxBuffer\` option to be a number of bytes, 0 or more, got ${String(value)}.`);
}

/** A signal's name without `SIG`, in capitals. */
export function checkSignal(name: string): string {
  const plain = name.toUpperCase().replace(/^SIG/, '');
  if (SIGNAL.test(plain)) return plain;
  throw new OptionError(`Expected a signal's name such as "TERM", got ${JSON.stringify(name)}.`);
}

function checkGrace(value: number): number {
  if (Number.isFinite(value) && value >= 0) return value;
  throw new OptionError(
    `Expected the \`killGrace\` option to be a number of milliseconds, 0 or more, got ${String(value)}.`,
  );
}

function checkMakeCwd(value: number | true, cwd: string | undefined): number {
  if (cwd === undefined) throw new OptionError('Expected a `cwd` beside `makeCwd`: it says what is to be made.');
  if (value === true) return 0o777;
  if (Number.isSafeInteger(value) && value >= 0 && value <= 0o777) return value;
  throw new OptionError(
    `Expected the \`makeCwd\` option to be true, false or permissions from 0 to 0o777, got ${String(value)}.`,
  );
}

function checkVariable(name: string, value: unknown): void {
  if (!VARIABLE.test(name)) {
    throw new OptionError(
      `Expected the names in \`env\` to be letters, digits and underscores, got ${JSON.stringify(name)}.`,
    );
  }
  if (typeof value !== 'string' || value.includes('\0')) {
    throw new OptionError(`Expected the value of \`env.${name}\` to be a string without NUL characters.`);
  }
}

function checkText(name: string, value: string | undefined): void {
  if (value === '' || value?.includes('\0')) {
    throw new OptionError(
      `Expected the \`${name}\` option to be a path without NUL characters, got ${JSON.stringify(value)}.`,
    );
  }
}
