import type { ClientHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { BrokerLink } from './broker-link.js';

/** Has a stream hold this process as a socket does, until it closes or is let go by `unref`. */
export function holding(stream: ClientHttp2Stream, link: BrokerLink, release: () => void): Duplex {
  let letGo = release;
  stream.once('close', () => letGo());
  return Object.assign(stream, {
    ref: () => {
      letGo();
      letGo = link.hold();
    },
    unref: () => letGo(),
  });
}
