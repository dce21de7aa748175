import type { Abortable } from '../../core/abort.js';
import type { HawserError } from '../../core/hawser-error.js';
import { inTime } from '../../core/in-time.js';
import type { Transport } from '../../transport/contract.js';
import type { FileScope } from './file-access.js';
import type { FileCall, FileCalls } from './file-calls.js';

/** How long after its files a link may be said to be lost, in milliseconds. */
const LAST_WORDS = 1000;

/** Options of {@link hold}. */
export interface HoldWork extends Abortable {
  readonly syscall: string;
  /** Whether it may be opened again where the link is lost before it is. Default `false`. */
  readonly repeatable?: boolean;
  /**
   * Opens it over each new link again, for as long as this says so, which is asked after each loss. Default: it ends with
   * its link.
   */
  readonly outlives?: (() => boolean) | undefined;
  /** Whether the connection counts as busy until it is needed no more, also without a link. Default `false`. */
  readonly persists?: boolean;
}

/** Something that stays open. */
export interface Closable {
  close(): Promise<void>;
}

/** What the opening is given beside the call. */
export interface Holding<T> {
  /** Says that it is needed no more. */
  readonly release: () => void;
  /**
   * Waits for it to be open over the next link, after `error` ended the work with it. Throws that where the link stands,
   * or why there is no other. Left out where it ends with its link.
   */
  readonly next?: (error: unknown) => Promise<T>;
  /** Whether its link is lost; waits for a moment, since that may be told after the end of what went over it. */
  readonly isLost: () => Promise<boolean>;
}

/**
 * Opens something that outlives the call. The connection counts as busy until it says `release`, or the link has ended.
 * The signal ends the wait for it; what arrives later is closed.
 */
export function hold<T extends Closable>(
  calls: FileCalls,
  o: HoldWork,
  open: (call: FileCall, holding: Holding<T>) => Promise<T>,
): Promise<T> {
  return new Keeper(calls, o, open).begin();
}

/** Keeps something open, on one link or on one after the other. */
class Keeper<T extends Closable> {
  readonly #calls: FileCalls;
  readonly #o: HoldWork;
  readonly #open: (call: FileCall, holding: Holding<T>) => Promise<T>;
  readonly #handed = new Handover<T>();
  readonly #released: Promise<void>;
  #wanted = true;
  #release: () => void = () => {};

  constructor(calls: FileCalls, o: HoldWork, open: (call: FileCall, holding: Holding<T>) => Promise<T>) {
    this.#calls = calls;
    this.#o = o;
    this.#open = open;
    this.#released = new Promise((resolve) => {
      this.#release = () => {
        this.#wanted = false;
        resolve();
      };
    });
  }

  begin(): Promise<T> {
    const { signal, repeatable = false, outlives } = this.#o;
    const again = outlives === undefined ? repeatable : (): boolean => this.#wanted && outlives();
    const use = { signal, exclusive: false, repeatable: again };
    this.#calls.access.use((scope) => this.#over(scope), use).catch((error: unknown) => this.#handed.fail(error));
    return this.#handed.take();
  }

  /** Keeps it open over one link. Throws how that was lost, where it is to be opened over another one. */
  async #over({ files, site }: FileScope): Promise<void> {
    if (!this.#wanted) return;
    const { syscall, signal, outlives, persists = false } = this.#o;
    const call = this.#calls.call(syscall, files, site, signal);
    call.check();
    using link = new LinkWatch(site.transport);
    const goesOn = site.reconnects === true && outlives !== undefined;
    const opened = await this.#open(call, this.#holding(link, goesOn));
    try {
      call.check();
      this.#handed.put(opened);
    } catch (error) {
      await opened.close().catch(() => {});
      throw error;
    }
    await Promise.race([link.over, this.#released]);
    if (goesOn && this.#wanted && link.reason !== undefined) throw link.reason;
    if (persists) await this.#released;
  }

  #holding(link: LinkWatch, goesOn: boolean): Holding<T> {
    const isLost = async (): Promise<boolean> => {
      await inTime(link.over, LAST_WORDS);
      return link.reason !== undefined;
    };
    const next = async (error: unknown): Promise<T> => {
      if (!(await isLost()) || !this.#wanted) throw error;
      return this.#handed.take();
    };
    return { release: this.#release, isLost, ...(goesOn ? { next } : {}) };
  }
}

/** Hears of the end of a link. */
class LinkWatch implements Disposable {
  readonly over: Promise<void>;
  readonly #transport: Transport;
  #end: (reason?: HawserError) => void = () => {};
  #reason: HawserError | undefined;

  constructor(transport: Transport) {
    this.#transport = transport;
    this.over = new Promise((resolve) => {
      this.#end = (reason) => {
        this.#reason = reason;
        resolve();
      };
    });
    transport.once('close', this.#end);
  }

  /** Why it ended, where nobody asked for that. */
  get reason(): HawserError | undefined {
    return this.#reason;
  }

  [Symbol.dispose](): void {
    this.#transport.off('close', this.#end);
  }
}

/** Hands over what was opened, time after time, to who asks for it. */
class Handover<T> {
  #value: { readonly opened: T } | undefined;
  #failure: { readonly error: unknown } | undefined;
  #told: (() => void) | undefined;

  put(opened: T): void {
    this.#value = { opened };
    this.#told?.();
  }

  /** There is no more. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#told?.();
  }

  async take(): Promise<T> {
    while (this.#value === undefined) {
      if (this.#failure !== undefined) throw this.#failure.error;
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
    const { opened } = this.#value;
    this.#value = undefined;
    return opened;
  }
}
