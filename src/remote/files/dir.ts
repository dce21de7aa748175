import type { Abortable } from '../../core/abort.js';
import { FileError } from '../../core/file-error.js';
import { Dirent } from './dirent.js';
import { childPath, type Entry, entries, isDirectory } from './entries.js';
import type { FileCall, FileCalls } from './file-calls.js';
import { hold } from './hold.js';
import { nameFromBytes, type PathLike } from './names.js';
import { retell } from './retell.js';

/** Options of `opendir`. */
export interface OpendirOptions extends Abortable {
  /** Only `'utf8'`: names are text, in which bytes that are no UTF-8 come back as they were. */
  readonly encoding?: 'utf8' | 'utf-8' | undefined;
  /** Taken for Node's sake: a server gives as many names at a time as it likes. */
  readonly bufferSize?: number | undefined;
  /** Whether what is in the directories below is given too, links not followed. Default `false`. */
  readonly recursive?: boolean | undefined;
}

/** Where a {@link Dir} gets its names from. */
interface DirSource {
  readonly path: string;
  readonly host: string;
  readonly next: () => Promise<Dirent | undefined>;
  readonly close: () => Promise<void>;
}

/** An open directory, as `fs.Dir`. Its connection counts as busy until it is closed; iterating to the end closes it. */
export class Dir implements AsyncDisposable {
  readonly path: string;
  readonly #source: DirSource;
  #closed = false;

  constructor(source: DirSource) {
    this.#source = source;
    this.path = source.path;
  }

  /** The next name; `null` at the end. */
  async read(): Promise<Dirent | null> {
    if (this.#closed) {
      throw new FileError('ERR_DIR_CLOSED', {
        syscall: 'scandir',
        path: this.path,
        host: this.#source.host,
        detail: 'the directory was closed',
      });
    }
    return (await this.#source.next()) ?? null;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#source.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Dirent, void, void> {
    try {
      for (let entry = await this.read(); entry !== null; entry = await this.read()) yield entry;
    } finally {
      await this.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** `opendir`: fails where the directory cannot be listed, before anything is read of it. */
export async function opendir(calls: FileCalls, path: PathLike, o: OpendirOptions): Promise<Dir> {
  const source = await hold(calls, { syscall: 'opendir', signal: o.signal }, async (call, release) => {
    const top = await call.at(path);
    const found = dirents(call, top, o.recursive ?? false);
    let first: Promise<IteratorResult<Dirent, void>> | undefined = found.next();
    await first.catch((error: unknown) => {
      throw retell(error, { syscall: 'opendir' });
    });
    const next = async (): Promise<Dirent | undefined> => {
      const result = await (first ?? found.next());
      first = undefined;
      return result.done ? undefined : result.value;
    };
    const close = async (): Promise<void> => {
      await found.return().finally(release);
    };
    return { path: nameFromBytes(top), host: calls.host, next, close };
  });
  return new Dir(source);
}

async function* dirents(call: FileCall, top: Buffer, recursive: boolean): AsyncGenerator<Dirent, void, void> {
  const stack = [top];
  for (let directory = stack.pop(); directory !== undefined; directory = stack.pop()) {
    const below: Entry[] = [];
    for await (const batch of entries(call, directory)) {
      for (const entry of batch) {
        if (recursive && isDirectory(entry)) below.push(entry);
        yield new Dirent(nameFromBytes(entry.name), nameFromBytes(directory), entry.kind);
      }
    }
    for (const { name } of below.reverse()) stack.push(childPath(directory, name));
  }
}
