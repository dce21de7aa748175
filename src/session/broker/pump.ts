import type { Readable, Writable } from 'node:stream';

/** How much may be on its way from one stream into the other, in bytes: Node's HTTP/2 asks for a pause at 16 KiB. */
const UNDER_WAY = 256 * 1024;

/**
 * Brings what comes of one stream into another, as fast as that takes it, and ends it with the first one's end unless told
 * otherwise. Returns the way to stop, after which the source flows freely.
 */
export function pump(from: Readable, to: Writable, { end = true }: { readonly end?: boolean } = {}): () => void {
  let underWay = 0;
  let isHeld = false;
  const carry = (chunk: Buffer): void => {
    underWay += chunk.length;
    to.write(chunk, () => {
      underWay -= chunk.length;
      if (!isHeld || underWay > UNDER_WAY / 2) return;
      isHeld = false;
      from.resume();
    });
    if (underWay < UNDER_WAY || isHeld) return;
    isHeld = true;
    from.pause();
  };
  const finish = (): void => void to.end();
  const stop = (): void => {
    from.off('data', carry).off('end', finish).resume();
  };
  // What a stream takes no more of is let go.
  to.once('close', stop);
  from.on('data', carry);
  if (end) from.once('end', finish);
  from.resume();
  return stop;
}
