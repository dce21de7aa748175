import { PassThrough, type Readable, Writable } from 'node:stream';
import type { HawserError } from '../core/hawser-error.js';
import type { Chunks, ExecChannel, ExitStatus, Pty } from '../transport/contract.js';
import { MemoryOutlet } from './memory-outlet.js';

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

/** The command's side of a channel. */
class FarSide implements MemoryProcess {
  readonly pty: Pty | undefined;
  readonly #out: MemoryOutlet;
  readonly #err: MemoryOutlet;
  #in: PassThrough | undefined;
  signalled: (name: string) => void = ignore;
  resized: (size: MemorySize) => void = ignore;
  closed: () => void = ignore;

  constructor(pty: Pty | undefined, out: MemoryOutlet, err: MemoryOutlet) {
    this.pty = pty;
    this.#out = out;
    this.#err = err;
  }

  get stdin(): PassThrough {
    this.#in ??= new PassThrough().on('error', ignore);
    return this.#in;
  }

  /** Whether the command has asked for its input. */
  get reads(): boolean {
    return this.#in !== undefined;
  }

  get stdout(): Writable {
    return this.#out.writer;
  }

  get stderr(): Writable {
    return this.#err.writer;
  }

  onSignal(listener: (name: string) => void): void {
    this.signalled = listener;
  }

  onResize(listener: (size: MemorySize) => void): void {
    this.resized = listener;
  }

  onClose(listener: () => void): void {
    this.closed = listener;
  }
}

/** Both sides of one command in memory: no sockets, no timers, and no more streams than are used. */
export class MemoryChannel implements ExecChannel {
  readonly exited: Promise<ExitStatus>;
  readonly #onEnd: (channel: MemoryChannel) => void;
  readonly #out: MemoryOutlet = new MemoryOutlet(() => {
    this.#outRead = true;
    this.#settle();
  });
  readonly #err: MemoryOutlet = new MemoryOutlet(() => {
    this.#errRead = true;
    this.#settle();
  });
  readonly #far: FarSide;
  #stdin: Writable | undefined;
  #status: ExitStatus | undefined;
  #outRead = false;
  #errRead = false;
  #over = false;
  #resolve: (status: ExitStatus) => void = ignore;
  #reject: (reason: Error) => void = ignore;

  /** `onEnd` is called once, when the channel is closed in whatever way. */
  constructor(pty: Pty | undefined, onEnd: (channel: MemoryChannel) => void) {
    this.#onEnd = onEnd;
    this.#far = new FarSide(pty, this.#out, this.#err);
    this.exited = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // A cut link is news to whoever waits for the end; nobody has to.
    this.exited.catch(ignore);
  }

  /** The command's side. */
  get process(): MemoryProcess {
    return this.#far;
  }

  get stdin(): Writable {
    // Where the command has ended without asking for its input, what comes is thrown away.
    this.#stdin ??= this.#far.reads || this.#status === undefined ? this.#far.stdin : new Sink().on('error', ignore);
    return this.#stdin;
  }

  get stdout(): Readable {
    return this.#out.reader;
  }

  get stderr(): Readable {
    return this.#err.reader;
  }

  chunks(of: 'stdout' | 'stderr'): Chunks {
    return of === 'stdout' ? this.#out.chunks : this.#err.chunks;
  }

  endInput(): void {
    const isAwaited = this.#status === undefined || this.#far.reads;
    if (isAwaited || this.#stdin !== undefined) this.stdin.end();
  }

  signal(name: string): void {
    if (!this.#over) this.#far.signalled(name);
  }

  resize(size: MemorySize): void {
    if (!this.#over) this.#far.resized(size);
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

  /** Comes to its end once the command has ended and all that it wrote has been read. */
  #settle(): void {
    if (this.#over || this.#status === undefined || !this.#outRead || !this.#errRead) return;
    this.#end();
    this.#resolve(this.#status);
  }

  #end(): void {
    this.#over = true;
    this.#onEnd(this);
    this.#far.closed();
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
