import type { Duplex } from 'node:stream';

/** Runs work with a worker, which is the work's own until it has settled. */
export type WithWorker<C> = <T>(work: (worker: C) => Promise<T>) => Promise<T>;

/** Opens something that outlives the call on a worker, and keeps the worker until that is `over`. */
export function keepWorker<C, T>(
  withWorker: WithWorker<C>,
  open: (worker: C) => Promise<T>,
  over: (opened: T) => Promise<void>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    withWorker(async (worker) => {
      const opened = await open(worker);
      resolve(opened);
      await over(opened);
    }).catch(reject);
  });
}

/** Settles when a stream has closed. */
export function streamClosed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once('close', resolve);
  });
}
