import { plain } from './prompt.js';

/** An error says so at the start of its line. */
const LOOKED_AT = 512;

/** Looks for the line of an output that says that a command was not carried out. */
export class ErrorWatch {
  readonly #patterns: readonly RegExp[];
  #line = '';
  #found: string | undefined;

  constructor(patterns: readonly RegExp[]) {
    this.#patterns = patterns.map(plain);
  }

  /** The first line that says so. */
  get found(): string | undefined {
    if (this.#found === undefined && this.#line !== '') this.#look(this.#line);
    return this.#found;
  }

  add(text: string): void {
    if (this.#found !== undefined || this.#patterns.length === 0) return;
    let at = 0;
    for (let end = text.indexOf('\n'); end !== -1 && this.#found === undefined; end = text.indexOf('\n', at)) {
      this.#look(this.#line + text.slice(at, Math.min(end, at + LOOKED_AT)));
      this.#line = '';
      at = end + 1;
    }
    if (this.#line.length < LOOKED_AT) this.#line += text.slice(at, at + LOOKED_AT);
  }

  #look(line: string): void {
    const start = line.slice(0, LOOKED_AT);
    if (this.#patterns.some((pattern) => pattern.test(start))) this.#found = start;
  }
}
