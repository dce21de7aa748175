import { type Duplex, Readable } from 'node:stream';
import type { Channel } from 'ssh2';
import { limitUnread } from './limit-unread.js';
import type { LinkPace } from './link-pace.js';

/** Has a stream to elsewhere hold little in memory, whichever side is slow, and tell of a failure by its end alone. */
export function steadyStream(channel: Channel, pace: LinkPace | undefined): Duplex {
  limitUnread(channel);
  pace?.hold(channel);
  // Nothing comes there; what did would hold the window that both share.
  if (channel.stderr instanceof Readable) channel.stderr.resume();
  channel.on('error', () => {});
  return channel;
}
