import { ClosedError } from '../../core/errors.js';
import { Answers } from './answers.js';
import type { Asking } from './decode-target.js';
import type { Questions } from './questions.js';

/**
 * The questions that starting the workers of a shared pool brings up. They go to a client who waits for one: any of those whose
 * target has functions in the same places as the first one's. What was answered serves for the life of the pool.
 */
export class PoolQuestions implements Asking {
  readonly #shape: string;
  readonly #present = new Set<Questions>();
  readonly #answers = new Answers();

  /** @param target that of the first client, as it came. */
  constructor(target: unknown) {
    this.#shape = shapeOf(target);
  }

  /** A client waits for a worker. What is returned is called when he does so no longer. */
  join(questions: Questions, target: unknown): () => void {
    if (shapeOf(target) !== this.#shape) return () => {};
    this.#present.add(questions);
    return () => void this.#present.delete(questions);
  }

  /** A worker stands: the answers were right. */
  proven(): void {
    this.#answers.proven();
  }

  async ask(ask: number, args: readonly unknown[]): Promise<unknown> {
    for (const one of this.#present) {
      try {
        return await one.ask(ask, args);
      } catch (error) {
        // Who has gone has not answered; the next one may.
        if (!(error instanceof ClosedError)) throw error;
        this.#present.delete(one);
      }
    }
    throw new ClosedError('nobody is there to answer: no client waits for a worker whose target says how');
  }

  askOnce(ask: number, args: readonly string[] = []): Promise<unknown> {
    return this.#answers.get([ask, ...args], () => this.ask(ask, args));
  }
}

/** Where a target that came over the wire had functions, and by which numbers they are called. */
function shapeOf(target: unknown): string {
  const found: string[] = [];
  const look = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('ask' in value && typeof value.ask === 'number') found.push(`${path}=${value.ask}`);
    for (const [name, field] of Object.entries(value)) look(field, `${path}.${name}`);
  };
  look(target, '');
  return found.join(' ');
}
