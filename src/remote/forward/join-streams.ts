import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Who counts what passes: bytes of each direction. */
export interface StreamCounter {
  /** From the first stream to the second. */
  forth(bytes: number): void;
  back(bytes: number): void;
}

/**
 * Passes on what comes on one stream to the other, both ways, at the pace of the slower. An end of data is passed on
 * alone: the other direction goes on. A stream that breaks breaks the other one; the first signal breaks both.
 *
 * Settles when both are gone. It owns them from the first moment, and never throws.
 */
export function joinStreams(one: Duplex, other: Duplex, counter: StreamCounter, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let left = 2;
    const gone = (): void => {
      left -= 1;
      if (left > 0) return;
      signal.removeEventListener('abort', cut);
      resolve();
    };
    const cut = (): void => {
      breakOff(one);
      breakOff(other);
    };
    signal.addEventListener('abort', cut, { once: true });
    endWith(one, other, gone);
    endWith(other, one, gone);
    pump(one, other, (bytes) => counter.forth(bytes));
    pump(other, one, (bytes) => counter.back(bytes));
    if (signal.aborted) cut();
  });
}

/** Ends a stream so that its other side sees no proper end of data, where the stream can tell: a TCP connection is reset. */
export function breakOff(stream: Duplex): void {
  if (stream.destroyed) return;
  // What still comes is not for anybody, and a channel closes only when it has been read.
  stream.resume();
  if (stream instanceof Socket && stream.remoteAddress !== undefined) stream.resetAndDestroy();
  else stream.destroy();
}

function pump(from: Duplex, to: Duplex, count: (bytes: number) => void): void {
  const goOn = (): void => void from.resume();
  from.on('data', (chunk: Buffer) => {
    // Nobody is there any more: what still comes is read and dropped, until `from` has ended too.
    if (!to.writable) return;
    count(chunk.length);
    if (to.write(chunk)) return;
    from.pause();
    to.once('drain', goOn);
  });
  // A socket says that it has ended although nobody reads, where nothing came before.
  if (from.readableEnded) to.end();
  else from.once('end', () => to.end());
  from.resume();
}

/** Has `to` end after `from` is gone: once all is written of what came before a proper end, else at once. */
function endWith(from: Duplex, to: Duplex, gone: () => void): void {
  const ended = (): void => {
    gone();
    if (!from.readableEnded) breakOff(to);
    else if (to.writableFinished || to.destroyed) letGo(to);
    else to.once('finish', () => letGo(to));
  };
  if (from.closed) ended();
  else from.once('close', ended);
}

function letGo(stream: Duplex): void {
  stream.resume();
  stream.destroy();
}
