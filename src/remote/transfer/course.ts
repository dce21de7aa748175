import { DisconnectedError } from '../../core/errors.js';
import type { FileScope } from '../files/file-access.js';
import type { FileDriver } from '../files/file-driver.js';
import type { TransferPlan } from './options.js';
import { ProgressMeter } from './progress.js';
import { Tally } from './summary.js';

/** How many links in a row may be lost before anything more has come over them. */
const MOST_IDLE = 10;

/** What counts one file that is under way. */
interface Count {
  forget(): void;
}

/** A draft that was about to take its target's place. */
export interface Publication {
  readonly draft: Buffer;
  readonly target: Buffer;
}

/**
 * A transfer over one link after the other: what was done and counted, which holds, and whether it may go on over another
 * one. It may where all that was under way with a lost link can be done once more and comes to the same: what is written
 * here, on this machine, and a single file on another one, which is a draft of ours until it is renamed.
 */
export class Course {
  readonly tally: Tally;
  readonly meter: ProgressMeter;
  readonly #removes: boolean;
  readonly #counts = new Set<Count>();
  readonly #drafts = new Map<string, Buffer>();
  /** The files of this machine, where it is the target. */
  #here: FileDriver | undefined;
  /** How much of a draft is there without gaps, where that is less than its size. */
  readonly #whole = new Map<string, number>();
  #reconnects = false;
  #stopped = false;
  #publication: Publication | undefined;
  #loss: unknown;
  #farthest = 0;
  /** How far it had come when a link was last lost, and how many were lost with no more since. */
  #had = 0;
  #idle = 0;

  constructor(plan: TransferPlan) {
    this.tally = new Tally(plan.onEntry);
    this.meter = new ProgressMeter(plan.onProgress);
    this.#removes = plan.removeSource;
  }

  /** Begins, or goes on, over the links that stand now. */
  begin(from: FileScope, to: FileScope): void {
    this.#here = to.files.kind === 'local' ? to.files : undefined;
    const far = [from, to].filter(({ files }) => files.kind !== 'local');
    this.#reconnects = far.length > 0 && far.every(({ site }) => site.reconnects === true);
    // Whether the last file that was to be removed over there has been, nobody knows.
    if (this.#removes && from.files.kind !== 'local') this.stop();
    if (this.goesOver) this.tally.remember();
    for (const count of this.#counts) count.forget();
    this.#counts.clear();
    this.tally.failed.length = 0;
  }

  /** Whether it would go on over another link. */
  get goesOver(): boolean {
    return this.#reconnects && !this.#stopped;
  }

  /** From now on it ends with its link. */
  stop(): void {
    this.#stopped = true;
  }

  /** Takes note of how it ended over the links that there were. */
  ended(error: unknown): void {
    this.#loss = error;
  }

  /** Whether it goes on, now that a link was lost. */
  goesOn(): boolean {
    this.#idle = this.#farthest > this.#had ? 0 : this.#idle + 1;
    this.#had = this.#farthest;
    return this.goesOver && this.#idle < MOST_IDLE;
  }

  /** Why the link before this one was lost. */
  get loss(): unknown {
    return this.#loss;
  }

  /** A file is being counted; `counted` says that this is over. */
  counting(count: Count): void {
    this.#counts.add(count);
  }

  counted(count: Count): void {
    this.#counts.delete(count);
  }

  /** So many bytes have arrived in all. */
  reached(bytes: number): void {
    this.#farthest = Math.max(this.#farthest, bytes);
  }

  /** Whether a draft that `error` interrupted is left for the next link to go on with. */
  keeps(error: unknown): boolean {
    return this.goesOver && error instanceof DisconnectedError;
  }

  /** A draft that was not written in order has everything up to `length`. */
  cut(draft: Buffer, length: number): void {
    this.#whole.set(draft.toString('latin1'), length);
  }

  /** How much of a draft of `size` bytes may be gone on with; asked once. */
  lengthOf(draft: Buffer, size: number): number {
    const key = draft.toString('latin1');
    const length = this.#whole.get(key) ?? size;
    this.#whole.delete(key);
    return Math.min(size, length);
  }

  /** A draft was left. */
  left(draft: Buffer): void {
    this.#drafts.set(draft.toString('latin1'), draft);
  }

  /** Whether a draft is one that was left on the way here. */
  hasLeft(draft: Buffer): boolean {
    return this.#drafts.has(draft.toString('latin1'));
  }

  /** A draft is in use again, or gone. */
  took(draft: Buffer): void {
    this.#drafts.delete(draft.toString('latin1'));
  }

  /** Removes the drafts that were left and never gone on with: those on this machine, where no files are given. */
  async clear(files: FileDriver | undefined = this.#here): Promise<void> {
    if (files === undefined) return;
    await Promise.all(Array.from(this.#drafts.values(), (draft) => files.unlink(draft).catch(() => {})));
    this.#drafts.clear();
  }

  /** A draft is about to take its target's place; `undefined`: that is known to be over. */
  publishing(publication: Publication | undefined): void {
    this.#publication = publication;
  }

  /** What was about to take its target's place when the link was lost: it may have. */
  get publication(): Publication | undefined {
    return this.#publication;
  }
}
