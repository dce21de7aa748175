import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { AbortError } from '../../core/errors.js';
import { readLines } from '../../transport/broker/lines.js';
import { Header } from '../../transport/broker/protocol.js';
import { asRecord, encodeError } from '../../transport/broker/wire-error.js';
import type { ExecChannel, ExitStatus, FarProcess, ProcessChannelOptions } from '../../transport/contract.js';
import { pump } from './pump.js';

/** The two streams of a process: what it reads and writes, and what is said beside it. */
export interface ProcessStreams {
  readonly main: ServerHttp2Stream;
  readonly aside: ServerHttp2Stream;
}

/** Ends a process whose client has died. */
type EndOrphan = (process: FarProcess) => Promise<void>;

/** Opens the channel of a process. */
type Start = (signal: AbortSignal) => Promise<ExecChannel>;

/**
 * Runs a process for a client, on streams of his: settles when it has ended and the streams are closed. A client that says so,
 * closes one of them, or dies, has the channel closed; what he has left running is ended before, where he has said what that is.
 * Throws where no channel was to be had; nothing has been answered then.
 */
export async function lendProcess({ main, aside }: ProcessStreams, start: Start, end: EndOrphan): Promise<void> {
  const waiting = new AbortController();
  const giveUp = (): void => waiting.abort(new AbortError('The client no longer waits for the channel.'));
  let hangUp = (): void => {};
  const hungUp = new Promise<void>((resolve) => {
    hangUp = resolve;
  });
  let channel: ExecChannel | undefined;
  let process: FarProcess | undefined;
  main.once('close', giveUp);
  readLines(
    aside,
    (value) => {
      const line = asRecord(value);
      if ('abort' in line) giveUp();
      else if ('close' in line) hangUp();
      else if ('process' in line) process = processOf(line['process']);
      else if (channel !== undefined) steer(channel, line);
    },
    () => aside.close(constants.NGHTTP2_PROTOCOL_ERROR),
  );
  channel = await start(waiting.signal);
  if (main.destroyed || aside.destroyed) {
    discard(channel);
    return;
  }
  await carry({ main, aside }, channel, hungUp, async () => {
    if (process !== undefined) await end(process);
  });
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
  endOrphan: () => Promise<void>,
): Promise<void> {
  let trailers: IncomingHttpHeaders = {};
  aside.once('wantTrailers', () => aside.sendTrailers(trailers));
  main.respond({ ':status': 200 });
  aside.respond({ ':status': 200 }, { waitForTrailers: true });
  channel.stdin.on('error', () => {});
  const stops = [pump(main, channel.stdin), pump(channel.stdout, main), pump(channel.stderr, aside, { end: false })];
  const closing = [main, aside].map((stream) => new Promise<void>((resolve) => stream.once('close', resolve)));
  const outcome = channel.exited.then(
    (status) => ({ [Header.exit]: encode(status) }),
    (error: unknown) => ({ [Header.lost]: encode(encodeError(error)) }),
  );
  const died = Promise.race([brokenOff(main), brokenOff(aside)]).then(() => 'died' as const);
  const found = await Promise.race([outcome, hungUp.then(() => 'hung up' as const), died]);
  if (typeof found === 'string') {
    for (const stop of stops) stop();
    if (found === 'died') await endOrphan();
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

/** What goes into a script of ours is of the form that ours has. */
function processOf(value: unknown): FarProcess | undefined {
  const { pid, start, mark } = asRecord(value);
  const isOurs =
    typeof pid === 'number' &&
    Number.isSafeInteger(pid) &&
    pid > 1 &&
    typeof start === 'string' &&
    /^\d*$/.test(start) &&
    typeof mark === 'string' &&
    /^\w[\w=-]*$/.test(mark);
  return isOurs ? { pid, start, mark } : undefined;
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
