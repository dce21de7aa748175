import type { Abortable } from '../core/abort.js';
import { Limiter } from '../core/limiter.js';

/** Has work of one name be done one after another, in the order of asking; work of different names is not held up. */
export class Turns {
  readonly #lines = new Map<string, { readonly limiter: Limiter; asking: number }>();

  async run<T>(name: string, work: () => Promise<T>, { signal }: Abortable = {}): Promise<T> {
    const line = this.#lines.get(name) ?? { limiter: new Limiter(1, 'turn'), asking: 0 };
    this.#lines.set(name, line);
    line.asking += 1;
    try {
      return await line.limiter.run(work, { signal });
    } finally {
      line.asking -= 1;
      if (line.asking === 0) this.#lines.delete(name);
    }
  }
}
