import { Readable } from 'node:stream';
import type { Channel } from 'ssh2';

/** How much of a stream may lie unread before the server is promised no more room, in bytes. */
const MOST_UNREAD = 256 * 1024;

/**
 * Has the server send no more than the window of a channel holds, 2 MiB, past a reader who has stopped. Of
 * ssh2's own streams each takes 2 MiB before it says so, by when the window has been renewed, so that 4 MiB come; and what
 * is read of stderr renews the window for an unread stdout without end, since they share it (RFC 4254 §5.2).
 */
export function limitUnread(channel: Channel): void {
  const { stderr } = channel;
  if (!(stderr instanceof Readable)) throw new Error('A channel of a server has nothing unread on its stderr.');
  limit(channel, stderr);
  limit(stderr, channel);
}

function limit(stream: Readable, other: Readable): void {
  const state: unknown = Reflect.get(stream, '_readableState');
  if (!hasHighWaterMark(state)) throw new Error('This version of Node keeps the state of its streams elsewhere.');
  state.highWaterMark = MOST_UNREAD;
  const { push, _read } = stream;
  // Where it is told that nothing more is wanted, ssh2 leaves the window as it is until something is read again.
  stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean =>
    push.call(stream, chunk, encoding) && other.readableLength < MOST_UNREAD;
  // The other one asks in its turn, once it has been read.
  stream._read = (size) => {
    if (other.readableLength < MOST_UNREAD) _read.call(stream, size);
  };
}

function hasHighWaterMark(state: unknown): state is { highWaterMark: number } {
  return typeof state === 'object' && state !== null && typeof Reflect.get(state, 'highWaterMark') === 'number';
}
