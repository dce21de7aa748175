import { ConnectError, DisconnectedError } from '../../../src/core/errors.js';
import { ConnectionPool } from '../../../src/pool/connection-pool.js';
import type { PoolOptions } from '../../../src/pool/pool-options.js';
import type { MemoryTransportOptions } from '../../../src/testing/memory-transport.js';
import { Gate, ScriptedConnection } from '../connection/scripted-connection.js';

/** A worker of a scripted machine: `hold NAME` answers when its gate opens, anything else at once with its own text. */
export class Worker extends ScriptedConnection {
  readonly ordinal: number;
  /** What each worker was asked, by whom it was asked. */
  readonly asked: string[] = [];
  isPoisoned = false;

  constructor(ordinal: number, script: MemoryTransportOptions) {
    super(script, { username: `worker${ordinal}` });
    this.ordinal = ordinal;
  }

  override get poisoned(): boolean {
    return this.isPoisoned;
  }

  /** A service of its own, which needs more than one command. */
  async configure(lines: readonly string[], _o: { signal?: AbortSignal } = {}): Promise<string> {
    const answers: string[] = [];
    for (const line of lines) answers.push((await this.execute(line)).stdout);
    return `${this.ordinal}: ${answers.join()}`;
  }

  /** Cuts its link, as a machine that goes down. */
  kill(): void {
    this.latest.destroy(new DisconnectedError('killed by the test', { host: 'web1' }));
  }
}

/** A machine, and the workers that were made for it. */
export class Machine {
  readonly made: Worker[] = [];
  /** What was run, in the order in which it came. */
  readonly log: string[] = [];
  readonly gates = new Map<string, Gate>();
  /** Fails the connects that it gives an error for, by the worker's number and its own. */
  refuse: (ordinal: number, connect: number) => Error | undefined = () => undefined;
  connects = 0;

  readonly factory = (): Worker => {
    const ordinal = this.made.length;
    const worker = new Worker(ordinal, {
      connect: async () => {
        this.connects += 1;
        const number = this.connects;
        await new Promise((resolve) => setImmediate(resolve));
        const error = this.refuse(ordinal, number);
        if (error !== undefined) throw error;
      },
      exec: async (command) => {
        this.log.push(command);
        worker.asked.push(command);
        // A command that may be ended comes in a wrapper.
        const held = /\bhold (\w+)/.exec(command)?.[1];
        if (held !== undefined) await this.gate(held).passed;
        else await new Promise((resolve) => setImmediate(resolve));
        return { stdout: command, code: command === 'fail' ? 3 : 0 };
      },
    });
    this.made.push(worker);
    return worker;
  };

  gate(name: string): Gate {
    let gate = this.gates.get(name);
    if (gate === undefined) {
      gate = new Gate();
      this.gates.set(name, gate);
    }
    return gate;
  }

  pool(o: Partial<PoolOptions<Worker>> = {}): ConnectionPool<Worker> {
    return new ConnectionPool(this.factory, { size: 2, reconnect: { delay: 1, maxDelay: 4 }, ...o });
  }
}

/** A machine that nobody answers on, for now. */
export function unreachable(): ConnectError {
  return new ConnectError('tcp', 'Nothing answers on web1.', { host: 'web1', retryable: true });
}
