import { Connection, type ConnectionOptions, type OpenedTransport } from '../../../src/connection/connection.js';
import { MemoryTransport } from '../../../src/testing/memory-transport.js';

/** What a {@link ScriptedConnection} is made with: all that a manager gives. */
export interface ScriptedOptions extends ConnectionOptions {
  readonly [argument: string]: unknown;
}

/** A connection to a machine that is only a script, and remembers what it was made with. */
export class ScriptedConnection extends Connection {
  readonly id = 'scripted';
  readonly options: ScriptedOptions;
  opened = 0;

  constructor(options: ScriptedOptions) {
    super(options);
    this.options = options;
  }

  protected async openTransport(): Promise<OpenedTransport> {
    this.opened += 1;
    const { fails } = this.options;
    if (fails instanceof Error) throw fails;
    return { transport: new MemoryTransport({ host: this.host }), connectTimeout: undefined };
  }

  /** A service that other classes do not have. */
  async configure(lines: string): Promise<string> {
    return `${this.alias}: ${lines}`;
  }
}

/** What a call throws, or rejects with. */
export async function errorOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure');
}
