import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { AbortError } from '../../core/errors.js';
import { inTime } from '../../core/in-time.js';
import { asRecord, readLines } from '../../transport/broker/lines.js';
import { Header } from '../../transport/broker/protocol.js';
import { encodeError } from '../../transport/broker/wire-error.js';
import type { ExecChannel, ExitStatus, FarProcess, ProcessChannelOptions } from '../../transport/contract.js';
import { pump } from './pump.js';

/** The two streams of a process: what it reads and writes, and what is said beside it. */
export interface ProcessStreams {
  readonly main: ServerHttp2Stream;
  readonly aside: ServerHttp2Stream;
}

/** What is lent. */
export interface LentProcess {
  /** Opens its channel. */
  start(signal: AbortSignal): Promise<ExecChannel>;
  /** Which process it is, once that is known; `undefined` where it never will be. */
  heard(channel: ExecChannel): Promise<FarProcess> | undefined;
  /** Ends it where its client has died. */
  end(process: FarProcess): Promise<void>;
}

/** How long a command whose client has died has to say which process it is, in milliseconds: it may just have begun. */
const FIRST_WORD = 5000;

/**
 * Runs a process for a client, on streams of his: settles when it has ended and the streams are closed. A client that says so,
 * closes one of them, or dies, has the channel closed; what he has left running by his death is ended before, where it is known which process that is.
 * Throws where no channel was to be had; nothing has been answered then.
 */
export async function lendProcess({ main, aside }: ProcessStreams, lent: LentProcess): Promise<void> {
  const waiting = new AbortController();
  const giveUp = (): void => waiting.abort(new AbortError('The client no longer waits for the channel.'));
  let hangUp = (): void => {};
  const hungUp = new Promise<void>((resolve) => {
    hangUp = resolve;
  });
  let channel: ExecChannel | undefined;
  main.once('close', giveUp);
  readLines(
    aside,
    (value) => {
      const line = asRecord(value);
      if ('abort' in line) giveUp();
      else if ('close' in line) hangUp();
      else if (channel !== undefined) steer(channel, line);
    },
    () => aside.close(constants.NGHTTP2_PROTOCOL_ERROR),
  );
  channel = await lent.start(waiting.signal);
  if (main.destroyed || aside.destroyed) {
    discard(channel);
    return;
  }
  await carry({ main, aside }, channel, hungUp, lent);
}

/** What a client says to a process that runs. What cannot be meant is passed over: there is nobody to tell. */
function steer(channel: ExecChannel, { signal, resize }: Record<string, unknown>): void {
  if (typeof signal === 'string') channel.signal(signal);
  const { columns, rows } = asRecord(resize);
  if (isSize(columns) && isSize(rows)) channel.resize({ columns, rows });
}

async function carry(
  { main, aside }: ProcessStreams,
  channel: ExecChannel,
  hungUp: Promise<void>,
  { heard, end }: Pick<LentProcess, 'heard' | 'end'>,
): Promise<void> {
  let trailers: IncomingHttpHeaders = {};
  aside.once('wantTrailers', () => aside.sendTrailers(trailers));
  main.respond({ ':status': 200 });
  aside.respond({ ':status': 200 }, { waitForTrailers: true });
  channel.stdin.on('error', () => {});
  const stops = [pump(main, channel.stdin), pump(channel.stdout, main), pump(channel.stderr, aside, { end: false })];
  const process = heard(channel);
  const closing = [main, aside].map((stream) => new Promise<void>((resolve) => stream.once('close', resolve)));
  const outcome = channel.exited.then(
    (status) => ({ [Header.exit]: encode(status) }),
    (error: unknown) => ({ [Header.lost]: encode(encodeError(error)) }),
  );
  const died = Promise.race([brokenOff(main), brokenOff(aside)]).then(() => 'died' as const);
  const found = await Promise.race([outcome, hungUp.then(() => 'hung up' as const), died]);
  if (typeof found === 'string') {
    for (const stop of stops) stop();
    if (found === 'died' && process !== undefined) {
      const orphan = await inTime(Promise.race([process, outcome.then(() => undefined)]), FIRST_WORD);
      if (orphan !== undefined) await end(orphan);
    }
    discard(channel);
  } else trailers = found;
  // Of a process whose link was lost neither end comes by itself.
  main.end();
  aside.end();
  main.resume();
  await Promise.all(closing);
}

/** Settles when a stream is closed before both of its directions have come to their ends. */
function brokenOff(stream: ServerHttp2Stream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', () => {
      const isWhole = stream.readableEnded && stream.writableFinished && stream.rstCode === constants.NGHTTP2_NO_ERROR;
      if (!isWhole) resolve();
    });
  });
}

function discard(channel: ExecChannel): void {
  channel.stdout.resume();
  channel.stderr.resume();
  channel.close();
}

function encode(value: ExitStatus | object): string {
  return encodeURIComponent(JSON.stringify(value));
}

/** A terminal's columns or rows (RFC 4254 §6.7). */
function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535;
}

/** The terminal that a client asks for. */
export function ptyOf(value: unknown): ProcessChannelOptions['pty'] {
  const { columns, rows, term } = asRecord(value);
  return isSize(columns) && isSize(rows) && typeof term === 'string' ? { columns, rows, term } : undefined;
}
