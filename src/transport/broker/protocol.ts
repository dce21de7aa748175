import type { Settings } from 'node:http2';
import type { ConnectStep } from '../../core/diagnostics.js';
import type { Capability, LinkFacts } from '../contract.js';
import type { WireError } from './wire-error.js';

// A client and the broker speak HTTP/2 (RFC 9113) over a Unix socket. Every request is a POST that says which version of
// this protocol it is of. Its body begins with one line of JSON; what follows it is the request's own: bytes of a stream,
// or further lines.

/** The version of the protocol: raised by every change that an older side would not understand. */
export const PROTOCOL_VERSION = '1';

/** The headers of the protocol, beside those of HTTP/2. */
export const Header = {
  version: 'hawser-protocol',
  /** The session that a channel is for, by the number that the client opened it under. */
  session: 'hawser-session',
  /** What a process's two streams have in common: a number that the client chooses. */
  channel: 'hawser-channel',
  /** A trailer: how a process ended, as URI-encoded JSON. */
  exit: 'hawser-exit',
  /** A trailer in the place of {@link Header.exit}: why that will never be known, as URI-encoded JSON of an error. */
  lost: 'hawser-lost',
} as const;

/** What can be asked of the broker. */
export const Path = {
  /** Opens a session, or takes part in one: lines in both directions for as long as the client wants it. */
  open: '/open',
  /** A command: what it reads and what it writes. Its {@link Path.aside} has come before. */
  exec: '/exec',
  /** The login shell, as {@link Path.exec}. */
  shell: '/shell',
  /** Beside a process: its stderr and its exit status; in the other direction {@link ControlLine}s. */
  aside: '/aside',
  subsystem: '/subsystem',
  dial: '/dial',
  /** The client hears of connections by {@link ListenLine}s, and stops listening by ending its side. */
  listen: '/listen',
  /** The bytes of a connection that a {@link Path.listen} has told of. */
  accept: '/accept',
  /** The lock of a session: granted in the order of asking, and held until the client ends its side. */
  lock: '/lock',
  /** The numbers of a pool. */
  pool: '/pool',
  find: '/find',
  list: '/list',
  close: '/close',
  /** Ends the broker. It is understood in every version, so that one of another version can be ended. */
  stop: '/stop',
} as const;

/** What has been sent of one stream and not yet been read, in bytes: as much may lie in memory for each of them. */
const STREAM_WINDOW = 1024 * 1024;

/** What has been sent of all streams together and not yet been taken from the socket, in bytes. */
export const LINK_WINDOW: number = 16 * 1024 * 1024;

/** The settings of both sides. */
export const SETTINGS: Settings = {
  enablePush: false,
  initialWindowSize: STREAM_WINDOW,
  // As many as HTTP/2 has numbers for: what limits them is the far server.
  maxConcurrentStreams: 2 ** 31 - 1,
};

/** What both sides allow a link's streams to hold, in millions of bytes: their windows are what limits it. */
export const SESSION_MEMORY = 100_000;

/** How long the first line of a request may be, in bytes: a command, or a target with the text of its keys. */
export const LONGEST_REQUEST: number = 4 * 1024 * 1024;

/** A question that the broker puts to a client: which of the functions that its target had is called, and with what. */
export interface Question {
  readonly id: number;
  readonly ask: number;
  readonly args: readonly unknown[];
}

/** What is known of a session when it is given. */
export interface ReadyWord {
  /** The session's own name, such as `user@host:port`. */
  readonly id: string;
  readonly capabilities: readonly Capability[];
  readonly facts: SessionFacts;
}

/** A line from the broker on the stream of an opening. */
export type SessionLine =
  | { readonly step: ConnectStep }
  | { readonly question: Question }
  | { readonly ready: ReadyWord }
  | { readonly facts: SessionFacts }
  | { readonly crowded: true }
  /** The last: the session ended, or could not be had. `null`: by the broker's own will. */
  | { readonly over: WireError | null };

/** How a session's link fares. */
export interface SessionFacts {
  readonly ailing: boolean;
  /** `null` where that is not known. */
  readonly link: LinkFacts | null;
}

/**
 * A line of a client on the stream of an opening, beside his answers: the last one of who has a worker of a pool, which is as
 * good as it was. Where the stream ends without it, nobody knows what state the worker is in.
 */
export interface ReleaseLine {
  readonly release: true;
}

/** A line of a client on the stream beside a process. */
export type ControlLine =
  | { readonly signal: string }
  | { readonly resize: { readonly columns: number; readonly rows: number } }
  /** The client no longer waits for the channel, where it has not been asked for yet. */
  | { readonly abort: true }
  /** The channel is to be closed. */
  | { readonly close: true };

/** A line of the broker on the stream of a listener. */
export type ListenLine = { readonly listening: { readonly port: number | null } } | { readonly connection: number };
