import type { CommandResult } from '../core/command-result.js';

/** A command's result without its output, which came as events. */
export type StreamedResult = Omit<CommandResult, 'stdout' | 'stderr'>;

interface FleetEventBase {
  /** The version of this shape. */
  readonly v: 1;
  readonly key: string;
  readonly host: string;
  /** When it was seen here, in milliseconds since 1970. */
  readonly at: number;
}

/**
 * Something that happened on a host of a fleet: plain data that may go through JSON.
 *
 * - `start`: the connection stands and the command is started.
 * - `stdout`, `stderr`: a piece of output; text never has half a character in it.
 * - `exit`: the command ended by itself, `result` says how.
 * - `error`: it was cut short or never ran, `result.outcome` and `result.error` say why.
 *
 * Each host has exactly one `exit` or `error`, its last event.
 */
export type FleetEvent<Data extends string | Buffer = string> =
  | (FleetEventBase & { readonly type: 'start' })
  | (FleetEventBase & { readonly type: 'stdout' | 'stderr'; readonly data: Data })
  | (FleetEventBase & { readonly type: 'exit' | 'error'; readonly result: StreamedResult });
