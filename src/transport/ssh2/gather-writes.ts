import type { Socket } from 'node:net';

/**
 * Makes a connected socket send what is written in one turn of the event loop with one system call. ssh2 writes each
 * packet in three pieces (RFC 5647 §7: length, data, tag), which without Nagle's algorithm are three segments, and calls.
 */
export function gatherWrites(socket: Socket): void {
  const write: unknown = socket.write;
  if (typeof write !== 'function') return;
  let gathering = false;
  socket.write = (...args: unknown[]): boolean => {
    if (!gathering) {
      gathering = true;
      socket.cork();
      process.nextTick(() => {
        gathering = false;
        socket.uncork();
      });
    }
    return Reflect.apply(write, socket, args);
  };
}
