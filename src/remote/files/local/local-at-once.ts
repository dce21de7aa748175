import { closeSync, constants, lstatSync, openSync, readSync } from 'node:fs';
import type { AtOnce } from '../file-driver.js';
import { Stats } from '../stats.js';

/** A call that took longer than this, in milliseconds, may have been answered by a disk or a network, not by memory. */
const QUICK = 2;

/** So many in a row were: a busy machine holds up one now and then. */
const IN_A_ROW = 3;

/** One that took longer than this, in milliseconds, was for sure. */
const SLOW = 50;

/** How long a disk that was slow is not asked in this way again, in milliseconds. */
const RESPITE = 1000;

/**
 * Calls that are answered at once, a tenth of the price of a trip through the thread pool each. They hold everything else
 * up for as long as they take: after a few that took long, they are not made for a while.
 */
export class LocalAtOnce implements AtOnce {
  #slowUntil = 0;
  #slowOnes = 0;

  lstat(path: Buffer): Stats | undefined {
    return this.#quickly(() => new Stats(lstatSync(path)));
  }

  read(path: Buffer, size: number): Buffer | undefined {
    return this.#quickly(() => {
      // Had a pipe taken the file's place meanwhile, opening it would wait for a writer.
      const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      try {
        const bytes = Buffer.allocUnsafe(size + 1);
        return readSync(fd, bytes, 0, bytes.length, 0) === size ? bytes.subarray(0, size) : undefined;
      } finally {
        closeSync(fd);
      }
    });
  }

  #quickly<T>(call: () => T | undefined): T | undefined {
    const begun = performance.now();
    if (begun < this.#slowUntil) return undefined;
    try {
      return call();
    } catch {
      // Whoever asks again, with patience, hears why.
      return undefined;
    } finally {
      this.#took(performance.now(), begun);
    }
  }

  #took(now: number, begun: number): void {
    const took = now - begun;
    this.#slowOnes = took > QUICK ? this.#slowOnes + 1 : 0;
    if (took < SLOW && this.#slowOnes < IN_A_ROW) return;
    this.#slowOnes = 0;
    this.#slowUntil = now + RESPITE;
  }
}
