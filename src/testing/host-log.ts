/** Something that a test host saw. */
export interface HostLogEntry {
  /** The ordinal number of the connection, from 1. */
  readonly connection: number;
  readonly what:
    | 'connect'
    | 'auth'
    | 'ready'
    | 'exec'
    | 'shell'
    | 'subsystem'
    | 'pty'
    | 'env'
    | 'signal'
    | 'dial'
    | 'exit'
    | 'refused'
    | 'disconnect';
  /** The command, the method and its outcome, the signal's name, … Never a password or an answer. */
  readonly detail: string;
}

/** How many entries are kept: the newest ones. */
const KEPT = 10_000;

/** What a host saw, oldest first. */
export class HostLog {
  #entries: HostLogEntry[] = [];
  readonly #onEntry: (entry: HostLogEntry) => void;

  constructor(onEntry: (entry: HostLogEntry) => void) {
    this.#onEntry = onEntry;
  }

  get entries(): readonly HostLogEntry[] {
    return this.#entries;
  }

  add(entry: HostLogEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > 2 * KEPT) this.#entries = this.#entries.slice(-KEPT);
    this.#onEntry(entry);
  }

  clear(): void {
    this.#entries = [];
  }
}
