import { PassThrough, Readable, Writable } from 'node:stream';
import type { HawserError } from '../core/hawser-error.js';
import type { ExecChannel, ExitStatus, Pty } from '../transport/contract.js';

/** What a scripted command wrote and how it ended. */
export interface MemoryReply {
  readonly stdout?: string | Uint8Array | undefined;
  readonly stderr?: string | Uint8Array | undefined;
  /** The exit status. Default 0, unless `signal` or `missing` says how it ended. */
  readonly code?: number | undefined;
  /** The signal that ended it, such as `'SIGKILL'`. */
  readonly signal?: string | undefined;
  /** `true`: the server does not say how it ended. */
  readonly missing?: boolean | undefined;
}

/** A terminal's size. */
export interface MemorySize {
  readonly columns: number;
  readonly rows: number;
}

/** The command's own side of a channel, for handlers that do more than answer. */
export interface MemoryProcess {
  /** What the client writes. */
  readonly stdin: Readable;
  /** `write` returns `false` while the client does not read, as with any stream. Both are ended for the handler. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly pty: Pty | undefined;
  /** Calls `listener` with the name of each signal, without `SIG`. */
  onSignal(listener: (name: string) => void): void;
  onResize(listener: (size: MemorySize) => void): void;
  /** Calls `listener` when the client closes the channel, or the link is cut. */
  onClose(listener: () => void): void;
}

function ignore(): void {}

/** A stream of one chunk, or of none: cheaper than a pipe that is written to. */
class Chunk extends Readable {
  readonly #chunk: string | Uint8Array | undefined;

  constructor(chunk: string | Uint8Array | undefined) {
    super();
    this.#chunk = chunk;
  }

  override _read(): void {
    if (this.#chunk !== undefined && this.#chunk.length > 0) this.push(this.#chunk);
    this.push(null);
  }
}

/** One direction of output. It is a pipe only where somebody asks for it before all of it is known. */
class Outlet {
  #stream: Readable | undefined;
  #pipe: PassThrough | undefined;
  #rest: { readonly chunk: string | Uint8Array | undefined } | undefined;
  readonly #onRead: () => void;

  constructor(onRead: () => void) {
    this.#onRead = onRead;
  }

  get reader(): Readable {
    if (this.#stream !== undefined) return this.#stream;
    return this.#rest === undefined ? this.writer : this.#watch(new Chunk(this.#rest.chunk));
  }

  get writer(): PassThrough {
    if (this.#pipe === undefined) {
      this.#pipe = new PassThrough();
      this.#watch(this.#pipe);
      if (this.#rest !== undefined) this.#pipe.end();
    }
    return this.#pipe;
  }

  /** The last of it. */
  finish(chunk: string | Uint8Array | undefined): void {
    this.#rest = { chunk };
    if (this.#pipe !== undefined) this.#pipe.end(chunk);
    // Nothing to read counts as read: a real channel closes over a stream that nobody looked at, if it is empty.
    else if (chunk === undefined || chunk.length === 0) this.#onRead();
  }

  destroy(reason: Error): void {
    this.#stream?.destroy(reason);
  }

  #watch<S extends Readable>(stream: S): S {
    this.#stream = stream;
    stream.on('error', ignore);
    stream.once('close', this.#onRead);
    return stream;
  }
}

/** Both sides of one command in memory: no sockets, no timers, and no more streams than are used. */
export class MemoryChannel implements ExecChannel {
  readonly exited: Promise<ExitStatus>;
  /** The command's side. */
  readonly process: MemoryProcess;
  readonly #onEnd: (channel: MemoryChannel) => void;
  readonly #out: Outlet;
  readonly #err: Outlet;
  #in: PassThrough | undefined;
  #stdin: Writable | undefined;
  #status: ExitStatus | undefined;
  #outRead = false;
  #errRead = false;
  #over = false;
  #resolve: (status: ExitStatus) => void = ignore;
  #reject: (reason: Error) => void = ignore;
  readonly #listeners: {
    signal?: (name: string) => void;
    resize?: (size: MemorySize) => void;
    close?: () => void;
  } = {};

  /** `onEnd` is called once, when the channel is closed in whatever way. */
  constructor(pty: Pty | undefined, onEnd: (channel: MemoryChannel) => void) {
    this.#onEnd = onEnd;
    this.exited = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A cut link is news to whoever waits for the end; nobody has to.
    this.exited.catch(ignore);
    this.#out = new Outlet(() => {
      this.#outRead = true;
      this.#settle();
    });
    this.#err = new Outlet(() => {
      this.#errRead = true;
      this.#settle();
    });
    this.process = this.#makeProcess(pty);
  }

  get stdin(): Writable {
    // Where the command has ended without asking for its input, what comes is thrown away.
    this.#stdin ??= this.#in ?? (this.#status === undefined ? this.#input() : new Sink().on('error', ignore));
    return this.#stdin;
  }

  get stdout(): Readable {
    return this.#out.reader;
  }

  get stderr(): Readable {
    return this.#err.reader;
  }

  signal(name: string): void {
    if (!this.#over) this.#listeners.signal?.(name);
  }

  resize(size: MemorySize): void {
    if (!this.#over) this.#listeners.resize?.(size);
  }

  close(): void {
    if (this.#over) return;
    if (this.#status === undefined) {
      this.#out.finish(undefined);
      this.#err.finish(undefined);
    }
    this.#end();
    this.#resolve(this.#status ?? { missing: true });
  }

  /** The command has ended. What comes later is nobody's. */
  finish(reply: MemoryReply): void {
    if (this.#over || this.#status !== undefined) return;
    this.#status = statusOf(reply);
    this.#out.finish(reply.stdout);
    this.#err.finish(reply.stderr);
    this.#settle();
  }

  /** The link is cut: everything open fails. */
  destroy(reason: HawserError): void {
    if (this.#over) return;
    this.#end();
    this.#reject(reason);
    this.#out.destroy(reason);
    this.#err.destroy(reason);
    this.#stdin?.destroy(reason);
  }

  #settle(): void {
    if (this.#over || this.#status === undefined || !this.#outRead || !this.#errRead) return;
    this.#end();
    this.#resolve(this.#status);
  }

  #end(): void {
    this.#over = true;
    this.#onEnd(this);
    this.#listeners.close?.();
  }

  #input(): PassThrough {
    if (this.#in === undefined) {
      this.#in = new PassThrough();
      this.#in.on('error', ignore);
    }
    return this.#in;
  }

  #makeProcess(pty: Pty | undefined): MemoryProcess {
    const channel = this;
    const listeners = this.#listeners;
    return {
      pty,
      get stdin() {
        return channel.#input();
      },
      get stdout() {
        return channel.#out.writer;
      },
      get stderr() {
        return channel.#err.writer;
      },
      onSignal(listener) {
        listeners.signal = listener;
      },
      onResize(listener) {
        listeners.resize = listener;
      },
      onClose(listener) {
        listeners.close = listener;
      },
    };
  }
}

/** Takes everything and keeps nothing. */
class Sink extends Writable {
  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
  }
}

function statusOf({ code, signal, missing }: MemoryReply): ExitStatus {
  if (missing === true) return { missing: true };
  if (signal !== undefined) return { signal, coreDumped: false };
  return { code: code ?? 0 };
}
