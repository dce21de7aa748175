import { connect, isIPv4, type Socket } from 'node:net';
import type { ServerChannel } from 'ssh2';
import { keepAfterEof } from './ssh2-server-quirks.js';

/** Whether a host is this machine's loopback: test hosts lead nowhere else. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/** How one `direct-tcpip` request (RFC 4254 §7.2) is answered. */
export interface DialOptions {
  readonly host: string;
  readonly port: number;
  readonly accept: () => ServerChannel | undefined;
  readonly reject: () => void;
  /** Fires when the connection that the request came over has ended. */
  readonly signal: AbortSignal;
}

/** Connects a channel to a port of the loopback interface, and refuses every other place. */
export function dialLoopback({ host, port, accept, reject, signal }: DialOptions): void {
  if (!isLoopback(host)) {
    reject();
    return;
  }
  const socket = connect({ host, port, signal, allowHalfOpen: true });
  socket.setNoDelay(true);
  socket.once('error', reject);
  socket.once('connect', () => {
    socket.off('error', reject);
    const channel = accept();
    if (channel === undefined) socket.destroy();
    else join(channel, socket);
  });
}

function join(channel: ServerChannel, socket: Socket): void {
  const close = keepAfterEof(channel);
  channel.on('error', () => {});
  socket.on('error', () => channel.end());
  socket.once('close', () => {
    channel.resume();
    channel.end(close);
  });
  channel.once('close', () => socket.destroy());
  channel.pipe(socket).pipe(channel);
}
