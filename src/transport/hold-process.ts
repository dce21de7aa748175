import type { Duplex } from 'node:stream';

/** Says whether a stream keeps this process alive, where it is one that can be told: a socket, a channel of a hop. */
export function holdProcess(link: Duplex, on: boolean): void {
  const change: unknown = Reflect.get(link, on ? 'ref' : 'unref');
  if (typeof change === 'function') Reflect.apply(change, link, []);
}
