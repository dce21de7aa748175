import type { JobPlan } from './job-plan.js';
import type { Journal, JournalEntry, JournalStep } from './journal.js';

/** What the local journal has of one job, and what is added to it. */
export class SubmissionNotes {
  readonly #journal: Journal;
  readonly #plan: JobPlan;
  readonly #machine: string;
  readonly #where: string;

  /** @param where names the machine among all of its name: what was noted of another one says nothing. */
  constructor(journal: Journal, plan: JobPlan, machine: string, where: string) {
    this.#journal = journal;
    this.#plan = plan;
    this.#machine = machine;
    this.#where = where;
  }

  /** What this client knows of the job from earlier. */
  async past(): Promise<JournalEntry | undefined> {
    const entry = await this.#journal.read(this.#plan.place.slug);
    return entry?.key === this.#plan.key && entry.place === this.#where ? entry : undefined;
  }

  /** Writes down how far it has come. Throws as {@link Journal.write}. */
  async write(step: JournalStep, attempt: number, id?: string): Promise<void> {
    const { spec, key, place, token } = this.#plan;
    await this.#journal.write(place.slug, {
      v: 1,
      key,
      name: spec.name,
      directory: place.directory,
      machine: this.#machine,
      place: this.#where,
      token: token(attempt),
      attempt,
      step,
      ...(id === undefined ? {} : { id }),
      at: Date.now(),
    });
  }
}
