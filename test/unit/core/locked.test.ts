import { describe, expect, it } from 'vitest';
import { AbortError } from '../../../src/core/errors.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import { locked } from '../../../src/core/locked.js';
import { Mutex } from '../../../src/core/mutex.js';
import { lockMethods } from './lock-methods.js';

/** Lets everything run that does not wait for something outside. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** A line on which questions and answers get mixed up unless one is asked at a time. */
class Wire {
  readonly lock = new Mutex();
  #sent = '';

  async send(text: string): Promise<void> {
    for (const letter of text) {
      this.#sent += letter;
      await settle();
    }
  }

  async receive(): Promise<string> {
    const answer = this.#sent;
    this.#sent = '';
    return answer;
  }

  async ask(text: string, _o: { signal?: AbortSignal } = {}): Promise<string> {
    await this.send(text);
    return this.receive();
  }

  async sendAll(texts: readonly string[]): Promise<void> {
    await Promise.all(texts.map((text) => this.send(text)));
  }
}

lockMethods(Wire, ['send', 'receive', 'ask', 'sendAll']);

describe('a locked method', () => {
  it('gives each of 20 tasks exactly its own answer', async () => {
    const wire = new Wire();
    const questions = Array.from({ length: 20 }, (_, i) => `question ${i};`);
    await expect(Promise.all(questions.map((one) => wire.ask(one)))).resolves.toEqual(questions);
    expect([wire.lock.locked, wire.lock.waiting]).toEqual([false, 0]);
  });

  it('does not mix up what its own children send at once', async () => {
    const wire = new Wire();
    const texts = Array.from({ length: 20 }, (_, i) => `text ${i};`);
    await Promise.all([wire.sendAll(texts.slice(0, 10)), wire.sendAll(texts.slice(10))]);
    await expect(wire.receive()).resolves.toBe(texts.join(''));
  });

  it('holds the lock of its own object and no other', async () => {
    const [one, other] = [new Wire(), new Wire()];
    await using _held = await one.lock.acquire();
    await expect(other.ask('free?')).resolves.toBe('free?');
  });

  it('waits no longer than the signal in its last argument says', async () => {
    const wire = new Wire();
    const held = await wire.lock.acquire();
    const controller = new AbortController();
    const asked = wire.ask('?', { signal: controller.signal });
    controller.abort();
    await expect(asked).rejects.toThrow(AbortError);
    held.release();
    await expect(wire.receive()).resolves.toBe('');
  });

  it('keeps its name, and what it throws is what the caller gets', async () => {
    class Broken {
      readonly lock = new Mutex();
      async fail(): Promise<never> {
        throw new RangeError('broken');
      }
    }
    lockMethods(Broken, ['fail']);
    const broken = new Broken();
    expect(broken.fail.name).toBe('fail');
    await expect(broken.fail()).rejects.toThrow(RangeError);
    expect(broken.lock.locked).toBe(false);
  });

  it('is refused where the decorator stands before something else, or is used in the old way', () => {
    const wrong: unknown[][] = [
      [() => Promise.resolve(), { kind: 'getter', name: 'x' }],
      [{}, 'method', { value: () => Promise.resolve() }],
    ];
    for (const args of wrong) expect(() => Reflect.apply(locked, undefined, args)).toThrow(OptionError);
  });

  it('rejects where the object has no lock', async () => {
    const ask = Reflect.get(Wire.prototype, 'ask');
    await expect(Reflect.apply(ask, { lock: {} }, ['?'])).rejects.toThrow('have a Mutex as its `lock`');
  });
});
