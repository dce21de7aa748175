import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { redact } from '../../core/secret.js';

/** A line that does not end is written down in pieces of about this length. */
const LONGEST_LINE = 64 * 1024;

/**
 * Writes a dialog down: `> ` before what was typed, `< ` before what the device wrote. Secrets are blotted out on both
 * sides, whole lines at a time, so that none slips through in two pieces. What the sink does not take is not waited for.
 */
export class Transcript {
  readonly #sink: Writable;
  readonly #own: boolean;
  readonly #secrets = new Set<string>();
  #line = '';

  /** `to`: a stream, which stays its owner's, or a file that is appended to, readable by its owner alone. */
  constructor(to: Writable | string) {
    this.#own = typeof to === 'string';
    this.#sink = typeof to === 'string' ? createWriteStream(to, { flags: 'a', mode: 0o600 }) : to;
    // A disk that is full must not end the work on the device.
    if (this.#own) this.#sink.on('error', () => {});
  }

  /** Has a secret blotted out from now on, wherever it shows. */
  hide(secret: string): void {
    this.#secrets.add(secret);
  }

  typed(text: string): void {
    this.#flush();
    this.#write('>', text.replace(/[\r\n]+$/, '').replaceAll('\r', '\n'));
  }

  received(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#write('<', line);
    if (this.#line.length > LONGEST_LINE) this.#flush();
  }

  /** Writes down what is left. A stream that was handed in stays open. */
  close(): void {
    this.#flush();
    if (this.#own) this.#sink.end();
  }

  #flush(): void {
    if (this.#line !== '') this.#write('<', this.#line);
    this.#line = '';
  }

  #write(mark: string, text: string): void {
    if (this.#sink.destroyed || this.#sink.writableEnded) return;
    const clean = redact(text, [...this.#secrets]);
    this.#sink.write(
      `${clean
        .split('\n')
        .map((line) => `${mark} ${line}\n`)
        .join('')}`,
    );
  }
}
