import type { HawserError } from './hawser-error.js';

/**
 * How a command ended, or why it never began.
 *
 * - `exit`: it ended by itself, `status` says how; `signal`: a signal ended it.
 * - `timeout`, `aborted`: the caller's limit or `AbortSignal` ended it.
 * - `lost`: the link broke while it ran; it may still be running.
 * - `connect`, `auth`, `hostkey`, `throttled`: no connection was made, so it did not run.
 * - `skipped`: it was never started.
 * - `unknown`: it ended, and the server said nothing of how (RFC 4254 §6.10 makes the exit status optional).
 */
export type Outcome =
  | 'exit'
  | 'signal'
  | 'timeout'
  | 'aborted'
  | 'lost'
  | 'connect'
  | 'auth'
  | 'hostkey'
  | 'throttled'
  | 'skipped'
  | 'unknown';

/**
 * What is known of one command on one host. Plain data: made once, where the command ran, and never changed.
 * `String(result)` of what `execute` gives is its `stdout`.
 */
export interface CommandResult<Text extends string | Buffer = string> {
  /** The key of the connection in its fleet; the host outside of one. */
  readonly key: string;
  readonly host: string;
  /** The command as the user wrote it (an array: quoted), without the password that `sudo` was given. */
  readonly command: string;
  /** What it wrote, up to `maxBuffer` bytes. A `Buffer` when `encoding` is `'buffer'`. */
  readonly stdout: Text;
  readonly stderr: Text;
  /** The exit status that the server sent; `null` where it sent none. Never invented. */
  readonly status: number | null;
  /** The signal that ended it, such as `'SIGKILL'`; `null` where none did. */
  readonly signal: string | null;
  /**
   * `true` for outcome `exit` with status 0 and for nothing else. A command line that has only a prompt tells no status,
   * unless it is a shell's: there it is outcome `exit`, and no line that says that the command was refused.
   */
  readonly ok: boolean;
  readonly outcome: Outcome;
  readonly error?: HawserError;
  /** From the call to the last byte, in milliseconds. */
  readonly durationMs: number;
  /** Whether more came than `maxBuffer` allowed to keep. */
  readonly truncated: { readonly stdout: boolean; readonly stderr: boolean };
  /** After a timeout or an abort: was the end of the remote process seen? */
  readonly killed?: 'confirmed' | 'unknown';
}

const AS_TEXT: PropertyDescriptor = {
  value(this: CommandResult<string | Buffer>): string {
    return this.stdout.toString();
  },
};

/** Has the text of a result be what it wrote to stdout: `String(result)`. It stays plain data, for this is no field. */
export function readsAsText<R extends CommandResult<string | Buffer>>(result: R): R {
  return Object.defineProperty(result, 'toString', AS_TEXT);
}
