import type { Sink } from './terminal/output.js';

/** The signals that ask a program to end. */
export const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One of {@link END_SIGNALS}. */
export type EndSignal = (typeof END_SIGNALS)[number];

/** The exit status of a process that a signal ended, as shells give it: 128 and its number. */
export const END_STATUS: Readonly<Record<EndSignal, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The process that a command is done for: this one, or one that has it done here (`relay/`). `process` is one. */
export interface Caller {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Environment;
  /** The exit status that it will have. */
  exitCode?: number | string | null | undefined;
  on(signal: EndSignal, listener: (signal: EndSignal) => void): unknown;
  off(signal: EndSignal, listener: (signal: EndSignal) => void): unknown;
  /** Ends it at once. */
  exit(status: number): void;
}
