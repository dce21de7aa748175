import { AbortError } from '../../core/errors.js';
import { type Caller, END_SIGNALS, END_STATUS, type EndSignal } from '../caller.js';
import type { Output } from './output.js';

/**
 * Listens for Ctrl-C and the signals that mean the same. The first one asks for an orderly end, the second for one at
 * once. Disposing gives the signals back to the system.
 */
export class Interrupts implements Disposable {
  #status: number | undefined;
  readonly #caller: Pick<Caller, 'off' | 'on'>;
  readonly #listener: (signal: EndSignal) => void;

  /** @param caller whose signals they are. Default: this process. */
  constructor(on: { first(): void; second(status: number): void }, caller: Pick<Caller, 'off' | 'on'> = process) {
    this.#caller = caller;
    this.#listener = (signal) => {
      const status = END_STATUS[signal];
      if (this.#status !== undefined) return on.second(status);
      this.#status = status;
      on.first();
    };
    for (const signal of END_SIGNALS) caller.on(signal, this.#listener);
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
    for (const signal of END_SIGNALS) this.#caller.off(signal, this.#listener);
  }
}
