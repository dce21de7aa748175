import type { Socket } from 'node:net';
import { isWhole, releaseMemory } from '../core/release-memory.js';

/**
 * Makes a connected socket send what is written in one turn of the event loop with one system call. ssh2 writes each
 * packet in three pieces (RFC 5647 §7: length, data, tag), which without Nagle's algorithm are three segments, and calls.
 * What is written belongs to the socket: a large piece is given back as soon as it has been sent.
 */
export function gatherWrites(socket: Socket): void {
  const write: unknown = socket.write;
  if (typeof write !== 'function') return;
  let gathering = false;
  socket.write = (data: unknown, ...args: unknown[]): boolean => {
    if (!gathering) {
      gathering = true;
      socket.cork();
      process.nextTick(() => {
        gathering = false;
        socket.uncork();
      });
    }
    return Reflect.apply(
      write,
      socket,
      args.length === 0 && Buffer.isBuffer(data) && isWhole(data) ? [data, release(data)] : [data, ...args],
    );
  };
}

function release(data: Buffer): (error?: Error | null) => void {
  return (error) => {
    // What could not be sent may still be in the hands of the system.
    if (!error) releaseMemory(data);
  };
}
