import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** What this process holds in JavaScript and in buffers when the garbage is gone, in bytes. */
export function heldMemory(): number {
  if (typeof collectGarbage !== 'function') throw new Error('This Node does not let its garbage be collected.');
  collectGarbage();
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}
