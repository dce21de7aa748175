import { Writable } from 'node:stream';

/** A writable stream that exists before its destination does, and passes backpressure back. */
export class Inlet extends Writable {
  #target: Writable | undefined;
  #waiting: (() => void) | undefined;
  #finished = false;

  lead(target: Writable): void {
    this.#target = target;
    target.on('error', () => this.finish());
    this.#letGo();
  }

  /** The process is over: what is still written goes nowhere, as into a pipe whose reader has gone. */
  finish(): void {
    this.#finished = true;
    this.#letGo();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#whenReady(() => {
      if (this.#finished || this.#target === undefined) {
        done();
        return;
      }
      let called = false;
      const once = (): void => {
        if (called) return;
        called = true;
        this.#waiting = undefined;
        done();
      };
      // A channel that closes forgets its writers: they are let go when the process is over.
      this.#waiting = once;
      this.#target.write(chunk, once);
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#whenReady(() => {
      if (!this.#finished) this.#target?.end();
      done();
    });
  }

  #letGo(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  #whenReady(then: () => void): void {
    if (this.#target !== undefined || this.#finished) then();
    else this.#waiting = then;
  }
}
