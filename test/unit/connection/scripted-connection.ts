import { Connection, type OpenedTransport } from '../../../src/connection/connection.js';
import type { ReconnectOptions } from '../../../src/core/backoff.js';
import type { Target } from '../../../src/inventory/target.js';
import { MemoryTransport, type MemoryTransportOptions } from '../../../src/testing/memory-transport.js';

/** A connection to a machine that is only a script; it keeps the transports that were made for it. */
export class ScriptedConnection extends Connection {
  readonly id = 'scripted';
  readonly transports: MemoryTransport[] = [];
  readonly #script: MemoryTransportOptions;
  readonly #connectTimeout: number | undefined;

  constructor(
    script: MemoryTransportOptions = {},
    target: Partial<Target> & { connectTimeout?: number } = {},
    reconnect?: ReconnectOptions | false,
  ) {
    super({ target: { host: 'web1', ...target }, reconnect });
    this.#script = { host: 'web1', ...script };
    this.#connectTimeout = target.connectTimeout;
  }

  /** The transport of the latest connect. */
  get latest(): MemoryTransport {
    const transport = this.transports.at(-1);
    if (transport === undefined) throw new Error('nothing has been opened yet');
    return transport;
  }

  protected async openTransport(): Promise<OpenedTransport> {
    const transport = new MemoryTransport(this.#script);
    this.transports.push(transport);
    return { transport, connectTimeout: this.#connectTimeout };
  }
}

/** Something that is waited for, and let go by hand. */
export class Gate {
  readonly passed: Promise<void>;
  /** How many have come to it. */
  arrived = 0;
  #open: () => void = () => {};
  #refuse: (error: Error) => void = () => {};

  constructor() {
    this.passed = new Promise((resolve, reject) => {
      this.#open = resolve;
      this.#refuse = reject;
    });
    this.passed.catch(() => {});
  }

  /** Waits until it opens. */
  pass(): Promise<void> {
    this.arrived += 1;
    return this.passed;
  }

  open(): void {
    this.#open();
  }

  refuse(error: Error): void {
    this.#refuse(error);
  }
}

/** Lets everything run that does not wait for something outside. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** What a promise rejects with. */
export async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => {
      throw new Error(`expected a failure, got ${String(value)}`);
    },
    (error: unknown) => error,
  );
}
