import { ReadableStream } from 'node:stream/web';
import type { RemoteReadStream } from './read-stream.js';

/**
 * The bytes of a stream as the web's streams give them, into the memory of a reader that brings its own too
 * (Streams Standard §4.7). Once `over` fires it ends where it is.
 *
 * @param after is called when nothing more is read, for whatever reason, and is waited for.
 */
export function webStream(
  stream: RemoteReadStream,
  over: AbortSignal,
  after: () => Promise<void>,
): ReadableStream<Uint8Array> {
  // An error is told to whoever reads on, and to nobody else.
  stream.on('error', () => {});
  const chunks = stream[Symbol.asyncIterator]();
  let ended = false;
  return new ReadableStream({
    type: 'bytes',
    start(controller) {
      over.addEventListener('abort', () => {
        if (ended) return;
        ended = true;
        controller.close();
        // A reader that waits with memory of its own gets that back.
        controller.byobRequest?.respond(0);
        stream.destroy();
      });
    },
    async pull(controller) {
      const next = await chunks.next().catch(async (error: unknown) => {
        if (ended) return undefined;
        ended = true;
        await after().catch(() => {});
        throw error;
      });
      if (ended || next === undefined) return;
      if (next.done) {
        ended = true;
        await after();
        controller.close();
        controller.byobRequest?.respond(0);
        return;
      }
      // It takes the memory for itself, and that of a piece may be shared with others.
      controller.enqueue(new Uint8Array(next.value));
    },
    async cancel() {
      ended = true;
      await chunks.return?.();
      await after();
    },
  });
}
