import type { Abortable } from '../../core/abort.js';
import { pause } from '../../core/deadline.js';
import { FileError } from '../../core/file-error.js';
import { OptionError } from '../../core/hawser-error.js';
import { AT_ONCE, childPath, entries, isDirectory, withoutSlashes } from './entries.js';
import type { FileCall, FileCalls } from './file-calls.js';
import { nameFromBytes, type PathLike } from './names.js';
import { fileCode } from './retell.js';

/** Options of `rm`. */
export interface RmOptions extends Abortable {
  /** Whether nothing is said of what is not there. Default `false`. */
  readonly force?: boolean | undefined;
  /** Whether a directory goes with all that is in it. Default `false`. */
  readonly recursive?: boolean | undefined;
  /** How often a removal is tried again that failed with EBUSY, EMFILE, ENFILE, ENOTEMPTY or EPERM. Default 0. */
  readonly maxRetries?: number | undefined;
  /** The wait before the first of these, in milliseconds; each next one is longer by as much. Default 100. */
  readonly retryDelay?: number | undefined;
}

const WORTH_A_RETRY: ReadonlySet<string> = new Set(['EBUSY', 'EMFILE', 'ENFILE', 'ENOTEMPTY', 'EPERM']);

/**
 * Removes a file, or a tree. A link is removed, and never what it leads to: entries that are no directories are
 * unlinked, and nothing is listed that was not a directory when it was looked at.
 */
export async function rm(calls: FileCalls, path: PathLike, o: RmOptions): Promise<void> {
  const retries = checkCount('maxRetries', o.maxRetries ?? 0);
  const delay = checkCount('retryDelay', o.retryDelay ?? 100);
  await calls.run('rm', o, async (call) => {
    const given = await call.at(path);
    // A slash at the end would have a link followed.
    const top = withoutSlashes(given);
    const removal = new Removal(call, { force: o.force ?? false, retries, delay });
    const stats = await removal.unlessGone(() => call.files.lstat(top));
    if (stats === undefined) return;
    if (!stats.isDirectory()) return removal.remove(() => call.files.unlink(top));
    if (o.recursive) return removal.tree(top);
    throw new FileError('ERR_FS_EISDIR', {
      syscall: 'rm',
      path: nameFromBytes(given),
      host: call.host,
      detail: 'it is a directory: `recursive: true` removes it with all that is in it',
    });
  });
}

/** A directory whose entries are being removed. */
interface Doomed {
  readonly path: Buffer;
  readonly above: Doomed | undefined;
  /** Entries that are still there, and one more while it is being listed. */
  left: number;
}

type Job = { readonly list: Doomed } | { readonly unlink: Buffer; readonly from: Doomed };

class Removal {
  readonly #call: FileCall;
  readonly #o: { readonly force: boolean; readonly retries: number; readonly delay: number };
  /** What is to be done, the latest first: so that no more of a tree is known than its depth needs. */
  readonly #jobs: Job[] = [];
  #active = 0;
  #failure: { readonly error: unknown } | undefined;
  #settled: (() => void) | undefined;

  constructor(call: FileCall, o: { readonly force: boolean; readonly retries: number; readonly delay: number }) {
    this.#call = call;
    this.#o = o;
  }

  /** Removes a directory and all below it, without a call on the stack for each level. */
  async tree(top: Buffer): Promise<void> {
    this.#jobs.push({ list: { path: top, above: undefined, left: 1 } });
    await new Promise<void>((resolve) => {
      this.#settled = resolve;
      this.#pump();
    });
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** One removal, again where that may help. */
  async remove(work: () => Promise<void>): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      try {
        await this.unlessGone(work);
        return;
      } catch (error) {
        if (tries >= this.#o.retries || !WORTH_A_RETRY.has(fileCode(error) ?? '')) throw error;
        await pause(this.#o.delay * (tries + 1), this.#call.signal);
        this.#call.check();
      }
    }
  }

  /** What the work gives; `undefined` where there is nothing to work on, if that is no error. */
  async unlessGone<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (this.#o.force && fileCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  #pump(): void {
    while (this.#active < AT_ONCE && this.#failure === undefined) {
      const job = this.#jobs.pop();
      if (job === undefined) break;
      this.#active += 1;
      const work = 'list' in job ? this.#list(job.list) : this.#unlink(job);
      work
        .catch((error: unknown) => {
          this.#failure ??= { error };
        })
        .finally(() => {
          this.#active -= 1;
          this.#pump();
        });
    }
    if (this.#active === 0 && (this.#jobs.length === 0 || this.#failure !== undefined)) this.#settled?.();
  }

  async #list(directory: Doomed): Promise<void> {
    await this.unlessGone(async () => {
      for await (const batch of entries(this.#call, directory.path)) {
        for (const entry of batch) {
          const path = childPath(directory.path, entry.name);
          directory.left += 1;
          this.#jobs.push(
            isDirectory(entry) ? { list: { path, above: directory, left: 1 } } : { unlink: path, from: directory },
          );
        }
        this.#pump();
      }
    });
    await this.#gone(directory);
  }

  async #unlink({ unlink, from }: { readonly unlink: Buffer; readonly from: Doomed }): Promise<void> {
    this.#call.check();
    await this.remove(() => this.#call.files.unlink(unlink));
    await this.#gone(from);
  }

  /** One entry less: with the last one the directory goes, and is one entry less of the one above. */
  async #gone(from: Doomed): Promise<void> {
    for (let directory: Doomed | undefined = from; directory !== undefined; directory = directory.above) {
      directory.left -= 1;
      if (directory.left > 0) return;
      const { path } = directory;
      await this.remove(() => this.#call.files.rmdir(path));
    }
  }
}

function checkCount(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new OptionError(`Expected the \`${name}\` option to be a non-negative integer, got ${String(value)}.`);
}
