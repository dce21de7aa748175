import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { AbortError } from '../../core/errors.js';
import { pump } from './pump.js';

/**
 * Opens a stream of the far machine for a client, and carries bytes both ways until it is closed. Throws where it was not to be
 * had; nothing has been answered then.
 */
export async function lendStream(
  stream: ServerHttp2Stream,
  open: (signal: AbortSignal) => Promise<Duplex>,
): Promise<void> {
  const waiting = new AbortController();
  stream.once('close', () => waiting.abort(new AbortError('The client no longer waits for the stream.')));
  const far = await open(waiting.signal);
  await carryStream(stream, far);
}

/** Carries bytes between a client and a stream that is open, each direction to its own end. */
export async function carryStream(stream: ServerHttp2Stream, far: Duplex): Promise<void> {
  far.on('error', () => {});
  if (stream.destroyed) {
    far.resume().destroy();
    return;
  }
  stream.respond({ ':status': 200 });
  const closed = new Promise<void>((resolve) => far.once('close', resolve));
  pump(stream, far);
  pump(far, stream);
  stream.once('close', () => {
    // One that came to its end has handed over all that it had, which may be on its way still.
    const isCut = !stream.readableEnded || stream.rstCode !== constants.NGHTTP2_NO_ERROR;
    if (isCut) far.destroy();
  });
  await closed;
  // It was cut: whoever reads must not take what came for all that there is.
  if (!far.readableEnded) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  else if (!stream.readableEnded) stream.resume();
}
