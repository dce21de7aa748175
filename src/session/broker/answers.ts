/** Answers that were given to questions, in memory alone. Once they have proven right nobody is asked for them again. */
export class Answers {
  readonly #given = new Map<string, unknown>();
  #areProven = false;

  /** They were right: what they were for stands. */
  proven(): void {
    this.#areProven = true;
  }

  /** The answer to a question, which is put where that has to be. */
  async get(question: readonly unknown[], put: () => Promise<unknown>): Promise<unknown> {
    const name = JSON.stringify(question);
    if (this.#areProven && this.#given.has(name)) return this.#given.get(name);
    const answer = await put();
    this.#given.set(name, answer);
    return answer;
  }
}
