import { type Abortable, raceAbort, throwIfAborted } from '../../core/abort.js';
import type { Site } from '../site.js';
import { expandPath, pathFrom, refuseEmpty } from './expand-path.js';
import type { FileAccess } from './file-access.js';
import type { FileDriver } from './file-driver.js';
import type { PathLike } from './names.js';

/** What the work of one call is given. */
export interface FileCall {
  readonly files: FileDriver;
  readonly site: Site;
  readonly host: string;
  readonly signal: AbortSignal | undefined;
  /** The bytes of a path, `~` expanded. Throws `ENOENT` for an empty one. */
  at(path: PathLike, name?: string): Promise<Buffer>;
  /** Throws the signal's reason once it has fired: called between the steps of work that has several. */
  check(): void;
}

/** Options of {@link FileCalls.run}. */
export interface CallOptions<T> extends Abortable {
  /** Whether the work changes nothing there, and may be done again over a new link: see `UseOptions`. Default `false`. */
  readonly repeatable?: boolean | undefined;
  /** Releases what the work gives where the signal has ended the call before. */
  readonly late?: (value: T) => void;
}

/** The calls of a machine's files: each ends at once when its signal fires, and names the machine in its errors. */
export class FileCalls {
  readonly access: FileAccess;
  /** Where paths begin that do not begin at the root; empty: where the session did. */
  readonly base: Buffer;
  #lastFd = 2;

  constructor(access: FileAccess, base: Buffer = Buffer.alloc(0)) {
    this.access = access;
    this.base = base;
  }

  get host(): string {
    return this.access.key;
  }

  /** Runs one call, which `syscall` names. */
  async run<T>(syscall: string, o: CallOptions<T>, work: (call: FileCall) => Promise<T>): Promise<T> {
    const { signal, late, repeatable = false } = o;
    const race = { doing: `working on files (${syscall})`, host: this.host, ...(late === undefined ? {} : { late }) };
    throwIfAborted(signal, race.doing, this.host);
    return this.access.use(
      ({ files, site }) => raceAbort(work(this.call(syscall, files, site, signal)), signal, race),
      { signal, repeatable },
    );
  }

  /** As {@link run}, for work that changes nothing on the machine: it outlives a lost link where the connection does. */
  look<T>(syscall: string, o: CallOptions<T>, work: (call: FileCall) => Promise<T>): Promise<T> {
    return this.run(syscall, { ...o, repeatable: true }, work);
  }

  /** What a call's work is given, for work that lasts longer than the call. */
  call(syscall: string, files: FileDriver, site: Site, signal: AbortSignal | undefined): FileCall {
    return {
      files,
      site,
      signal,
      host: this.host,
      at: async (path, name) => {
        const bytes = await expandPath(files, path, name);
        refuseEmpty(bytes, syscall, this.host);
        return pathFrom(this.base, bytes);
      },
      check: () => throwIfAborted(signal, `working on files (${syscall})`, this.host),
    };
  }

  /** A number that names an open file in messages, as a file descriptor would. */
  nextFd(): number {
    this.#lastFd += 1;
    return this.#lastFd;
  }
}
