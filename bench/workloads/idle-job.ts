import { setTimeout as pause } from 'node:timers/promises';
import type { Sample } from '../lib/contender.js';
import type { Login } from '../lib/many-hosts.js';

/** Connections that are opened and then left alone. */
export interface IdleJob {
  readonly login: Login;
  /** How many of the hosts are connected to first, so that what the program needs once is not counted. */
  readonly warmUp: number;
  readonly hosts: readonly string[];
}

/** What is in memory when the garbage is gone: of the process, and of what JavaScript holds, in KiB. */
export interface Memory {
  readonly resident: number;
  readonly held: number;
}

/** Needs `--expose-gc`. */
export async function memoryNow(): Promise<Memory> {
  if (gc === undefined) throw new Error('Start this program with --expose-gc.');
  for (let times = 0; times < 4; times += 1) {
    gc();
    // Buffers that were freed leave in later turns of the event loop.
    await pause(50);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { resident: rss / 1024, held: (heapUsed + external) / 1024 };
}

/** What each of `count` connections added. */
export function perConnection(before: Memory, after: Memory, count: number): Sample {
  return {
    residentKiB: (after.resident - before.resident) / count,
    heldKiB: (after.held - before.held) / count,
  };
}
