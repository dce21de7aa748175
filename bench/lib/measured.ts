import type { Sample } from './contender.js';

/** What this program was told by the one that started it. */
export function assignment<T>(): T {
  return JSON.parse(process.argv[2] ?? '{}') as T;
}

/** Does the work and says what it cost this process: processor time of all its threads, and time on the clock. */
export async function measured(work: () => Promise<unknown>): Promise<{ cpuMs: number; wallMs: number }> {
  const begun = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - begun };
}

/** Hands a sample to the program that started this one. */
export function report(sample: Sample): void {
  console.log(JSON.stringify(sample));
}

/** Does `work` `count` times, `atOnce` at a time. */
export async function repeat(count: number, atOnce: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
