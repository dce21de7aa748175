import type { Abortable } from '../../core/abort.js';
import type { FileCall, FileCalls } from './file-calls.js';

/** Options of {@link hold}. */
export interface HoldWork extends Abortable {
  readonly syscall: string;
}

/** Something that stays open. */
export interface Closable {
  close(): Promise<void>;
}

/**
 * Opens something that outlives the call. The connection counts as busy until it says `release`, or the link has ended.
 * The signal ends the wait for it; what arrives later is closed.
 */
export function hold<T extends Closable>(
  calls: FileCalls,
  { syscall, signal }: HoldWork,
  open: (call: FileCall, release: () => void) => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const work = calls.access.use(
      async ({ files, site }) => {
        const call = calls.call(syscall, files, site, signal);
        call.check();
        let release = (): void => {};
        const over = new Promise<void>((done) => {
          release = done;
        });
        const opened = await open(call, release);
        site.transport.once('close', release);
        try {
          call.check();
          resolve(opened);
        } catch (error) {
          await opened.close().catch(() => {});
          throw error;
        }
        await over;
        site.transport.off('close', release);
      },
      { signal, exclusive: false },
    );
    work.catch(reject);
  });
}
