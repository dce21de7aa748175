import { setMaxListeners } from 'node:events';
import type { HostTail } from './host-tail.js';

/** A line of one host. */
export interface TailedLine {
  readonly key: string;
  readonly host: string;
  /** Without its end. */
  readonly line: string;
}

/**
 * The lines of many tails as they come. Lines stay in their tails until the reader takes them, so that a reader who
 * leaves loses none; and a host whose lines wait is not looked at, so that memory stays bounded.
 */
export async function* mergeLines(hosts: readonly HostTail[]): AsyncGenerator<TailedLine, void, undefined> {
  const left = new AbortController();
  // Every host listens while it waits.
  setMaxListeners(0, left.signal);
  /** Hosts that have lines, each with the way to let it look for more. */
  const ready: { readonly tail: HostTail; readonly goOn: () => void }[] = [];
  let running = hosts.length;
  let wake = (): void => {};
  const watch = async (tail: HostTail): Promise<void> => {
    while (await tail.ready(left.signal)) {
      if (left.signal.aborted) break;
      await new Promise<void>((goOn) => {
        ready.push({ tail, goOn });
        wake();
      });
    }
    running -= 1;
    wake();
  };
  const watching = hosts.map(watch);
  try {
    while (running > 0) {
      const next = ready.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      const { tail, goOn } = next;
      const { key, host, tailer } = tail;
      try {
        for (let line = tailer?.takeLine(); line !== undefined; line = tailer?.takeLine()) yield { key, host, line };
      } finally {
        goOn();
      }
    }
  } finally {
    left.abort();
    for (const { goOn } of ready) goOn();
    await Promise.all(watching);
  }
}
