/**
 * Says whether something keeps this process alive, where it is one that can be told: a socket, a channel of a hop, a child.
 * A child's pipes are sockets, whatever their declared type.
 */
export function holdProcess(link: object, on: boolean): void {
  const change: unknown = Reflect.get(link, on ? 'ref' : 'unref');
  if (typeof change === 'function') Reflect.apply(change, link, []);
}
