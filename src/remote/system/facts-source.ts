import { raceAbort } from '../../core/abort.js';
import { AbortError } from '../../core/errors.js';
import type { Transport } from '../../transport/contract.js';
import type { Site } from '../site.js';
import { askMachine } from './ask-machine.js';
import { FACTS_SCRIPT } from './facts-script.js';
import { type MachineFacts, readFacts } from './machine-facts.js';

/** A question under way, and how many wait for the answer: it ends with the last of them. */
interface Asking {
  readonly transport: Transport;
  readonly answer: Promise<MachineFacts>;
  readonly giveUp: AbortController;
  waiting: number;
}

/** Asks a machine about itself: all at once, once for all who ask meanwhile, and anew on each link. */
export class FactsSource {
  readonly #known = new WeakMap<Transport, MachineFacts>();
  #asking: Asking | undefined;

  /** What the machine has told on this link, be it long ago. */
  async known(site: Site, signal: AbortSignal | undefined): Promise<MachineFacts> {
    return this.#known.get(site.transport) ?? this.fresh(site, signal);
  }

  /** What the machine tells now. */
  async fresh(site: Site, signal: AbortSignal | undefined): Promise<MachineFacts> {
    const { transport, key } = site;
    let asking = this.#asking;
    if (asking?.transport !== transport || asking.giveUp.signal.aborted) asking = this.#ask(site);
    asking.waiting += 1;
    try {
      return await raceAbort(asking.answer, signal, { doing: `asking ${key} about itself`, host: key });
    } finally {
      asking.waiting -= 1;
      if (asking.waiting === 0) asking.giveUp.abort(new AbortError(`Nobody waits for what ${key} says of itself.`));
    }
  }

  #ask(site: Site): Asking {
    const giveUp = new AbortController();
    const ask = async (): Promise<MachineFacts> => {
      try {
        const facts = readFacts(await askMachine(site, FACTS_SCRIPT, giveUp.signal));
        this.#known.set(site.transport, facts);
        return facts;
      } finally {
        if (this.#asking === asking) this.#asking = undefined;
      }
    };
    const asking: Asking = { transport: site.transport, answer: ask(), giveUp, waiting: 0 };
    asking.answer.catch(() => {});
    this.#asking = asking;
    return asking;
  }
}
