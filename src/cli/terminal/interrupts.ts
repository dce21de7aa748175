import { AbortError } from '../../core/errors.js';
import type { Output } from './output.js';

/** The exit status of a process that a signal ended, as shells give it: 128 and its number. */
const STATUS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

type Interrupt = keyof typeof STATUS;

/**
 * Listens for Ctrl-C and the signals that mean the same. The first one asks for an orderly end, the second for one at
 * once. Disposing gives the signals back to the system.
 */
export class Interrupts implements Disposable {
  #status: number | undefined;
  readonly #listener: (signal: NodeJS.Signals) => void;

  constructor(on: { first(): void; second(status: number): void }) {
    this.#listener = (signal) => {
      const status = STATUS[signal as Interrupt] ?? STATUS.SIGINT;
      if (this.#status !== undefined) return on.second(status);
      this.#status = status;
      on.first();
    };
    for (const signal of Object.keys(STATUS)) process.on(signal as Interrupt, this.#listener);
  }

  /** The first one aborts `stop`, the second leaves at once, with what there is to be shown. */
  static abort(stop: AbortController, output: Output): Interrupts {
    return new Interrupts({
      first: () => stop.abort(new AbortError('Interrupted.')),
      second: (status) => {
        output.flush();
        process.exit(status);
      },
    });
  }

  /** The exit status for what was interrupted; `undefined` where nothing was. */
  get status(): number | undefined {
    return this.#status;
  }

  [Symbol.dispose](): void {
    for (const signal of Object.keys(STATUS)) process.off(signal as Interrupt, this.#listener);
  }
}
