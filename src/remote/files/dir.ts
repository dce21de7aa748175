import { FileError } from '../../core/file-error.js';
import { OptionError } from '../../core/hawser-error.js';
import { Dirent } from './dirent.js';
import { childPath, type Entry, entries, isDirectory } from './entries.js';
import type { FileCall, FileCalls } from './file-calls.js';
import { hold } from './hold.js';
import type { NameOptions } from './name-encoding.js';
import { nameFromBytes, type PathLike } from './names.js';
import { retell } from './retell.js';

/** Options of `opendir`. */
export interface OpendirOptions extends NameOptions {
  /** Names that are held at a time, 1 or more. Checked and no more: a server gives as many at a time as it likes. */
  readonly bufferSize?: number | undefined;
  /** Whether what is in the directories below is given too, links not followed. Default `false`. */
  readonly recursive?: boolean | undefined;
}

/** Where a {@link Dir} gets its names from. */
interface DirSource<Name extends string | Buffer> {
  readonly path: string;
  readonly host: string;
  readonly next: () => Promise<Dirent<Name> | undefined>;
  readonly close: () => Promise<void>;
}

/**
 * An open directory, as `fs.Dir`, without its calls that wait (`readSync`, `closeSync`): nothing remote answers at once.
 * Its connection counts as busy until it is closed; iterating to the end closes it.
 */
export class Dir<Name extends string | Buffer = string> implements AsyncDisposable {
  readonly path: string;
  readonly #source: DirSource<Name>;
  #closed = false;

  constructor(source: DirSource<Name>) {
    this.#source = source;
    this.path = source.path;
  }

  /** The next name; `null` at the end. */
  async read(): Promise<Dirent<Name> | null> {
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

  async *[Symbol.asyncIterator](): AsyncGenerator<Dirent<Name>, void, void> {
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

/**
 * `opendir`: fails where the directory cannot be listed, before anything is read of it.
 *
 * @param named gives a name as the caller wants it.
 */
export async function opendir<Name extends string | Buffer>(
  calls: FileCalls,
  path: PathLike,
  o: OpendirOptions,
  named: (name: Buffer) => Name,
): Promise<Dir<Name>> {
  checkBufferSize(o.bufferSize);
  const source = await hold<DirSource<Name>>(
    calls,
    { syscall: 'opendir', signal: o.signal, repeatable: true },
    async (call, { release }) => {
      const top = await call.at(path);
      const found = dirents(call, top, o.recursive ?? false, named);
      let first: Promise<IteratorResult<Dirent<Name>, void>> | undefined = found.next();
      await first.catch((error: unknown) => {
        throw retell(error, { syscall: 'opendir' });
      });
      const next = async (): Promise<Dirent<Name> | undefined> => {
        const result = await (first ?? found.next());
        first = undefined;
        return result.done ? undefined : result.value;
      };
      const close = async (): Promise<void> => {
        await found.return().finally(release);
      };
      return { path: nameFromBytes(top), host: calls.host, next, close };
    },
  );
  return new Dir(source);
}

function checkBufferSize(value = 1): void {
  if (Number.isInteger(value) && value >= 1 && value <= 0xffff_ffff) return;
  throw new OptionError(`Expected the \`bufferSize\` option to be a positive integer, got ${String(value)}.`);
}

async function* dirents<Name extends string | Buffer>(
  call: FileCall,
  top: Buffer,
  recursive: boolean,
  named: (name: Buffer) => Name,
): AsyncGenerator<Dirent<Name>, void, void> {
  const stack = [top];
  for (let directory = stack.pop(); directory !== undefined; directory = stack.pop()) {
    const below: Entry[] = [];
    for await (const batch of entries(call, directory)) {
      for (const entry of batch) {
        if (recursive && isDirectory(entry)) below.push(entry);
        yield new Dirent(named(entry.name), nameFromBytes(directory), entry.kind);
      }
    }
    for (const { name } of below.reverse()) stack.push(childPath(directory, name));
  }
}
