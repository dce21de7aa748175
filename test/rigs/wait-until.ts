import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks `condition` every 10 ms until it holds.
 *
 * @param what names what is waited for in the error.
 * @param limit in milliseconds, default 10,000.
 */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limit: number = 10_000,
): Promise<void> {
  const end = performance.now() + limit;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Waited ${limit} ms in vain for ${what}`);
    await sleep(10);
  }
}
