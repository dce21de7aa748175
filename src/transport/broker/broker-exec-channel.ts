import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Readable, Writable } from 'node:stream';
import type { HawserError } from '../../core/hawser-error.js';
import { inTime } from '../../core/in-time.js';
import type { ExecChannel, ExitStatus } from '../contract.js';
import { asRecord, writeLine } from './lines.js';
import { type ControlLine, Header } from './protocol.js';
import { decodeError } from './wire-error.js';

/** How long what a lost process had written may take to arrive, in milliseconds. */
const LAST_BYTES = 1000;

/** The two streams of a process. */
export interface BrokerProcess {
  readonly main: ClientHttp2Stream;
  readonly aside: ClientHttp2Stream;
  readonly trailers: Promise<IncomingHttpHeaders | undefined>;
}

/**
 * Hears the trailers of a stream; `undefined` where it closes without any. They are to be heard from the moment of the request:
 * those of a process that is over at once come together with the answer, before whoever waits for that goes on.
 */
export function trailersOf(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders | undefined> {
  return new Promise((resolve) => {
    stream.once('trailers', (trailers) => resolve(trailers));
    stream.once('close', () => resolve(undefined));
  });
}

/** What a process has left unread of its input is sent all the same up to here, in bytes. */
const MOST_UNREAD = 64 * 1024;

/** A process behind a broker: one stream carries what it reads and writes, another its stderr and how it ended. */
export class BrokerExecChannel implements ExecChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ExitStatus>;
  readonly #main: ClientHttp2Stream;
  readonly #aside: ClientHttp2Stream;
  /** Set by the transport, which knows what keeps the process alive. */
  onRest: (resting: boolean) => void = () => {};
  #settle: (outcome: ExitStatus | HawserError) => void = () => {};

  /**
   * @param trailers those of `aside`, as {@link trailersOf} hears them.
   * @param brokenOff why a stream came to its end too early.
   */
  constructor({ main, aside, trailers }: BrokerProcess, brokenOff: () => HawserError) {
    this.#main = main;
    this.#aside = aside;
    this.stdin = main;
    this.stdout = main;
    this.stderr = aside;
    this.exited = new Promise((resolve, reject) => {
      this.#settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    });
    this.exited.catch(() => {});
    const wrote = ended(main);
    void Promise.all([trailers, ended(aside)]).then(async ([said]) => {
      const found = said === undefined ? brokenOff() : readOutcome(said);
      if (found instanceof Error) await inTime(wrote, LAST_BYTES);
      else await wrote;
      this.#settle(found);
      this.#finish();
    });
  }

  signal(name: string): void {
    this.#tell({ signal: name });
  }

  resize({ columns, rows }: { readonly columns: number; readonly rows: number }): void {
    this.#tell({ resize: { columns, rows } });
  }

  rest(resting: boolean): void {
    this.onRest(resting);
  }

  close(): void {
    this.#settle({ missing: true });
    this.#hangUp();
  }

  /** The session is gone: whoever waits for the end hears why. What has arrived can still be read. */
  lost(reason: HawserError): void {
    this.#settle(reason);
    this.#hangUp();
  }

  #tell(line: ControlLine): void {
    writeLine(this.#aside, line);
  }

  /** The far process takes nothing any more. It ends without a reset, of which a server takes only so many: see BrokerLink.call. */
  #finish(): void {
    // Much that was written and nobody has read is not worth sending.
    if (this.#main.writableLength > MOST_UNREAD) this.#main.close(constants.NGHTTP2_CANCEL);
    else this.#main.end().resume();
    this.#aside.end().resume();
  }

  #hangUp(): void {
    this.#tell({ close: true });
    this.#finish();
  }
}

/** Settles when all that came of a stream has been read, or it was broken off. */
function ended(stream: ClientHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.readableEnded || stream.destroyed) resolve();
    else stream.once('end', resolve).once('close', resolve);
  });
}

function readOutcome(trailers: IncomingHttpHeaders): ExitStatus | HawserError {
  const lost = trailers[Header.lost];
  if (typeof lost === 'string') return decodeError(parsed(lost));
  const exit = trailers[Header.exit];
  const { code, signal, coreDumped } = asRecord(typeof exit === 'string' ? parsed(exit) : undefined);
  if (typeof code === 'number') return { code };
  if (typeof signal === 'string') return { signal, coreDumped: coreDumped === true };
  return { missing: true };
}

function parsed(header: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(header));
  } catch {
    return undefined;
  }
}
