import { asRecord } from '../../transport/broker/lines.js';
import type { EndSignal } from '../caller.js';

// A relay has one socket of its own beside the broker's. On it both sides say lines of JSON (https://jsonlines.org): the caller
// asks first, is told whether it is done there, and then hears what to print until it hears how to end.

/** Where the relay of a broker listens, by where the broker does. */
export function relayBeside(broker: string): string {
  return `${broker}.runs`;
}

/** Raised by every change that the other side would not understand. */
export const RELAY_VERSION = 1;

/** How long a relay may take to say whether it does what is asked for, in milliseconds: it has nothing to wait for. */
export const PATIENCE = 5000;

/** How long a request may be, in bytes. */
export const LONGEST_REQUEST: number = 1024 * 1024;

/** The variables of the environment that a simple run depends on: all that a relay hears of them. */
export const VARIABLES = [
  'HAWSER_NO_RECORD',
  'NO_COLOR',
  'SSH_AUTH_SOCK',
  'TERM',
  'XDG_CONFIG_HOME',
  'XDG_STATE_HOME',
] as const;

/** The streams that are printed on. */
export const STREAMS = ['stdout', 'stderr'] as const;

/** One of {@link STREAMS}. */
export type StreamName = (typeof STREAMS)[number];

/** What is known of a stream of the caller's. */
export interface Screen {
  readonly isTTY: boolean;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** What each stream of the caller's is. */
export type Screens = Readonly<Record<StreamName, Screen>>;

/** The caller's first line. */
export interface RelayRequest {
  readonly version: typeof RELAY_VERSION;
  /** Those behind `hawser run`. */
  readonly words: readonly string[];
  /** The caller's home directory: one that has another is not served. */
  readonly home: string;
  /** Its {@link VARIABLES}. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly screens: Screens;
}

/** A further line of the caller's. */
export type CallerLine =
  | { readonly signal: EndSignal }
  /** Its terminal has another size. */
  | { readonly screens: Screens }
  /** A piece for stdout is out. What comes after it waits for that: nothing runs on that nobody reads. */
  | { readonly printed: true }
  /** One of its streams cannot be written to. Why is the caller's to say. */
  | { readonly unwritable: StreamName };

/** A line of the relay's. */
export type RelayLine =
  /** The first: whether it does what was asked for. Where it does not, nothing was done. */
  | { readonly taken: boolean }
  /** To be printed, in base64: what a far machine says need not be text. */
  | { readonly print: StreamName; readonly bytes: string }
  /** The last: the exit status. */
  | { readonly exit: number };

/** What each stream of a caller is; `undefined` for what does not say it. */
export function readScreens(value: unknown): Screens | undefined {
  const { stdout, stderr } = asRecord(value);
  return typeof stdout === 'object' && typeof stderr === 'object'
    ? { stdout: readScreen(stdout), stderr: readScreen(stderr) }
    : undefined;
}

function readScreen(value: unknown): Screen {
  const { isTTY, columns, rows } = asRecord(value);
  return {
    isTTY: isTTY === true,
    columns: typeof columns === 'number' ? columns : undefined,
    rows: typeof rows === 'number' ? rows : undefined,
  };
}
