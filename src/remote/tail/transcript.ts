/** The last of a text that grows: at most `limit` UTF-16 code units of it. */
export class Transcript {
  readonly #limit: number;
  #pieces: string[] = [];
  #length = 0;
  #truncated = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether something of it was dropped. */
  get truncated(): boolean {
    return this.#truncated;
  }

  add(text: string): void {
    if (text === '') return;
    this.#pieces.push(text);
    this.#length += text.length;
    // Cutting costs the length of what is kept: it is worth its while only now and then.
    if (this.#length > 2 * this.#limit) this.#cut();
  }

  toString(): string {
    this.#cut();
    return this.#pieces[0] ?? '';
  }

  #cut(): void {
    const whole = this.#pieces.join('');
    const kept = whole.length > this.#limit ? whole.slice(whole.length - this.#limit) : whole;
    if (kept.length < whole.length) this.#truncated = true;
    this.#pieces = [kept];
    this.#length = kept.length;
  }
}
