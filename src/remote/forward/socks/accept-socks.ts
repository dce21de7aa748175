import type { Duplex } from 'node:stream';
import { ChannelError } from '../../../core/errors.js';
import { SocksHandshake, type SocksRequest } from './socks-request.js';

/**
 * Hears out a SOCKS client. The stream is left paused, before the first byte that is not of the handshake; nothing has
 * been answered to the request yet. `undefined`: the client went without one.
 *
 * @throws ChannelError for a client that cannot be served; it has been told.
 */
export function acceptSocks(stream: Duplex): Promise<SocksRequest | undefined> {
  const handshake = new SocksHandshake();
  return new Promise((resolve, reject) => {
    const over = (): void => {
      stream.off('data', heard);
      stream.off('end', left);
      stream.off('close', left);
    };
    const left = (): void => {
      over();
      resolve(undefined);
    };
    const heard = (chunk: Buffer): void => {
      const step = handshake.push(chunk);
      if (step.type === 'refused') {
        over();
        stream.end(step.reply);
        reject(new ChannelError('unsupported', `A client cannot be served by a SOCKS proxy: ${step.why}.`));
        return;
      }
      if (step.reply !== undefined) stream.write(step.reply);
      if (step.type === 'more') return;
      over();
      stream.pause();
      if (step.rest.length > 0) stream.unshift(step.rest);
      resolve(step.request);
    };
    stream.on('data', heard);
    stream.once('end', left);
    stream.once('close', left);
  });
}
