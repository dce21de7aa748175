import type { Abortable } from '../../core/abort.js';
import type { HawserError } from '../../core/hawser-error.js';
import { inTime } from '../../core/in-time.js';
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
  { syscall, signal, repeatable = false, outlives, persists = false }: HoldWork,
  open: (call: FileCall, holding: Holding<T>) => Promise<T>,
): Promise<T> {
  const handed = new Handover<T>();
  let wanted = true;
  const again = outlives === undefined ? repeatable : (): boolean => wanted && outlives();
  const work = calls.access.use(
    async ({ files, site }) => {
      if (!wanted) return;
      const call = calls.call(syscall, files, site, signal);
      call.check();
      let lost: HawserError | undefined;
      let end = (): void => {};
      const over = new Promise<void>((done) => {
        end = done;
      });
      let free = (): void => {};
      const released = new Promise<void>((done) => {
        free = done;
      });
      const release = (): void => {
        wanted = false;
        end();
        free();
      };
      const isLost = async (): Promise<boolean> => {
        await inTime(over, LAST_WORDS);
        return lost !== undefined;
      };
      const next = async (error: unknown): Promise<T> => {
        if (!(await isLost()) || !wanted) throw error;
        return handed.take();
      };
      const links = site.reconnects && outlives !== undefined ? { isLost, next } : { isLost };
      const cut = (reason?: HawserError): void => {
        lost = reason;
        end();
      };
      site.transport.once('close', cut);
      try {
        const opened = await open(call, { release, ...links });
        try {
          call.check();
          handed.put(opened);
        } catch (error) {
          await opened.close().catch(() => {});
          throw error;
        }
        await over;
        if (lost !== undefined && wanted && outlives !== undefined && site.reconnects) throw lost;
        if (persists) await released;
      } finally {
        site.transport.off('close', cut);
      }
    },
    { signal, exclusive: false, repeatable: again },
  );
  work.catch((error: unknown) => handed.fail(error));
  return handed.take();
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
