import type { Duplex } from 'node:stream';

/**
 * The byte stream under an SSH session: a socket, a proxy command's pipes, or a channel of the hop before. Like a
 * `net.Socket` it keeps the process alive while it is ref'd.
 */
export type Link = Duplex & { ref(): unknown; unref(): unknown };
