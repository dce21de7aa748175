import { Connection, type OpenedTransport } from '../../../src/connection/connection.js';
import type { MultiOptions } from '../../../src/fleet/fleet-options.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { MemoryTransport, type MemoryTransportOptions } from '../../../src/testing/memory-transport.js';

/** A connection to a machine that is only a script. */
export class MemoryConnection extends Connection {
  readonly id: string;
  readonly #script: MemoryTransportOptions;

  constructor(key: string, script: MemoryTransportOptions = {}) {
    super({ target: { host: key, key } });
    this.id = key;
    this.#script = { host: key, ...script };
  }

  protected async openTransport(): Promise<OpenedTransport> {
    return { transport: new MemoryTransport(this.#script), connectTimeout: undefined };
  }
}

/** `count` keys, `h1` and on. */
export function keys(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `h${i + 1}`);
}

/** A fleet of scripted machines that it owns, one for each key as often as it is named. */
export function memoryFleet(
  names: readonly string[],
  script: (key: string) => MemoryTransportOptions,
  o: MultiOptions = {},
): MultiConnection {
  return MultiConnection.fromConnections(
    names.map((key) => new MemoryConnection(key, script(key))),
    { ...o, own: true },
  );
}

/** Something that is waited for: `arrived` counts who waits, `open` lets all of them and everyone later through. */
export class Barrier {
  #open: () => void = () => {};
  #arrived = 0;
  #watchers: { readonly count: number; readonly tell: () => void }[] = [];
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  get arrived(): number {
    return this.#arrived;
  }

  async pass(): Promise<void> {
    this.#arrived += 1;
    for (const { count, tell } of this.#watchers) if (this.#arrived >= count) tell();
    await this.#opened;
  }

  open(): void {
    this.#open();
  }

  /** Settles when so many have arrived. */
  reached(count: number): Promise<void> {
    if (this.#arrived >= count) return Promise.resolve();
    return new Promise((tell) => this.#watchers.push({ count, tell }));
  }
}
