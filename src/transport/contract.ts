import type { Duplex, Readable, Writable } from 'node:stream';
import type { Deadline } from '../core/deadline.js';
import type { ConnectTrace } from '../core/diagnostics.js';
import type { TypedEvents } from '../core/events.js';
import type { HawserError } from '../core/hawser-error.js';

/** What a way to a machine can do. Whoever needs one asks for it, and never for the kind of transport. */
export type Capability = 'exec' | 'shell' | 'subsystem' | 'dial' | 'listen' | 'signal';

/** A pseudo-terminal's size and type (RFC 4254 §6.2). */
export interface Pty {
  readonly columns: number;
  readonly rows: number;
  readonly term: string;
}

/** How a remote process ended: by itself, by a signal (`'SIGKILL'`), or in a way that the server did not tell. */
export type ExitStatus =
  | { readonly code: number }
  | { readonly signal: string; readonly coreDumped: boolean }
  | { readonly missing: true };

/** What comes out of a command, chunk by chunk: as much of a `Readable` as it takes to collect it. */
export interface Chunks {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  once(event: 'end', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
}

/** A process on the far machine, as it is found again there. */
export interface FarProcess {
  readonly pid: number;
  /** When it started, in ticks of the machine's clock (proc_pid_stat(5), starttime); `''` where there is no `/proc`. */
  readonly start: string;
  /** What all that came of it has in its environment. */
  readonly mark: string;
}

/**
 * A running command or shell. Reading nothing stops the remote writer; `stdout` and `stderr` must both be read, or
 * resumed, for the channel to come to its end.
 */
export interface ExecChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** `stdout` or `stderr`, in place of that: for a channel whose output is at hand without a stream. */
  chunks?(of: 'stdout' | 'stderr'): Chunks;
  /** Ends `stdin`: for a channel that needs no stream for that. */
  endInput?(): void;
  /**
   * Settles when all output has been delivered and the channel is closed. Never rejects for a command's own failure;
   * rejects with the reason where the link was cut first.
   */
  readonly exited: Promise<ExitStatus>;
  /** Sends a signal by name, without `SIG` (RFC 4254 §6.9). Servers may ignore it, and do. */
  signal(name: string): void;
  resize(size: { readonly columns: number; readonly rows: number }): void;
  /**
   * Says that nothing is expected of the channel, or that something is again: one that rests does not keep this process
   * alive. A channel without this always does.
   */
  rest?(resting: boolean): void;
  /** Closes the channel now. What was not yet read may be lost; the remote process is not told to end. */
  close(): void;
}

/** Where {@link Transport.dial} leads to, as seen from the far machine. */
export type DialTarget = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** Where {@link Transport.listen} listens on the far machine: port 0 lets it choose. */
export type ListenTarget = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** A remote listener: incoming connections arrive as `connection` events. */
export interface Listener extends TypedEvents<{ connection: [stream: Duplex]; close: [] }> {
  /** The port that is listened on, where it is one. */
  readonly port: number | undefined;
  close(): Promise<void>;
}

/** Options of opening a channel. */
export interface ChannelOptions {
  readonly signal: AbortSignal;
}

/**
 * Options of opening a channel that a process runs on. The signal ends the wait for room. A channel that the server has
 * been asked for by then is given all the same: a process may run on it, which its owner alone can end.
 */
export interface ProcessChannelOptions extends ChannelOptions {
  readonly pty?: Pty | undefined;
}

/** Options of opening a subsystem's channel. */
export interface SubsystemOptions extends ChannelOptions {
  /** What comes is only looked at during its `data` event: its memory may be used again afterwards. Default: false. */
  readonly borrows?: boolean;
}

/** Options of {@link Transport.connect}. */
export interface TransportConnectOptions {
  readonly signal: AbortSignal;
  readonly deadline: Deadline;
  readonly trace: ConnectTrace;
  /** Whether it keeps this process alive only where that cannot be helped: who waits for it does. Default `false`. */
  readonly background?: boolean;
}

/** What is known of a link that stands. */
export interface LinkFacts {
  /** Channels that are open on it now. */
  readonly channels: number;
  /**
   * What went over it since it stands, in bytes: with all that the protocol adds where hawser speaks that itself, else what
   * its channels carried.
   */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** How long the last question to the server took that was timed, in milliseconds; `undefined` before there was one. */
  readonly roundTripMs: number | undefined;
}

/** Events of a {@link Transport}. */
export type TransportEvents = {
  /** Emitted exactly once, with the reason where the end was not asked for. */
  close: [reason?: HawserError];
  /** A channel has to wait until the server has room for it: whoever holds one without need gives it back. */
  crowded: [];
};

/**
 * One way to one machine: it gives channels, and knows nothing of commands, files or fleets. A transport is used once:
 * after `close` it stays closed, and a new connect needs a new one.
 *
 * Everything it throws is a `HawserError` of the kind that tells where it happened.
 */
export interface Transport extends TypedEvents<TransportEvents> {
  /** `'ssh'`, `'local'`, … for people to read. Nothing decides by it. */
  readonly kind: string;
  readonly capabilities: ReadonlySet<Capability>;
  /**
   * Whether it outlives this program, and ends what that leaves running: where commands say which process they are, as those do
   * that may have to be ended.
   */
  readonly endsOrphans?: boolean;
  /** Whether the server owes an answer to the last question whether it lives: the link may be dead. */
  readonly ailing?: boolean;
  /** How the link stands, where that is known. */
  readonly link?: LinkFacts | undefined;
  connect(o: TransportConnectOptions): Promise<void>;
  /** Runs a command line in the far machine's shell. Waits in turn where the server allows no more sessions. */
  exec(command: string, o: ProcessChannelOptions): Promise<ExecChannel>;
  /** The user's login shell. */
  shell(o: ProcessChannelOptions): Promise<ExecChannel>;
  /**
   * A subsystem's raw bytes; `'sftp'` above all. It keeps the process alive, until it is told otherwise by `unref`,
   * where it has that, as a socket does.
   */
  subsystem(name: string, o: SubsystemOptions): Promise<Duplex>;
  /** A stream to somewhere that the far machine can reach: forwarding, and the next hop of a ProxyJump. */
  dial(to: DialTarget, o: ChannelOptions): Promise<Duplex>;
  listen(at: ListenTarget, o: ChannelOptions): Promise<Listener>;
  /** A new, unconnected transport to the same machine, for what cannot wait until this one has a channel. */
  another?(): Transport;
  /**
   * As {@link another}, for what only gains speed by it: nobody is asked for anything. `undefined` where that is not sure,
   * or the owner wants no more than one connection to a machine.
   */
  further?(): Transport | undefined;
  /** Lets what runs come to its end, then closes. */
  close(): Promise<void>;
  /** Cuts at once; everything open fails with `reason`. */
  destroy(reason: HawserError): void;
}
