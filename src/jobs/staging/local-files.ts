import { resolve } from 'node:path';
import { throwIfAborted } from '../../core/abort.js';
import { FileError } from '../../core/file-error.js';
import { OptionError } from '../../core/hawser-error.js';
import { expandHome } from '../../core/home.js';
import { childPath, splitPath } from '../../remote/files/entries.js';
import type { FileDriver } from '../../remote/files/file-driver.js';
import { localAccess } from '../../remote/files/local/local-access.js';
import { bytesFromName, nameFromBytes } from '../../remote/files/names.js';
import { inputPath } from './input-path.js';

/** A file of this machine. */
export interface LocalFile {
  /** Absolute. */
  readonly local: string;
  /** Its permissions. */
  readonly mode: number;
}

const PERMISSIONS = 0o777;

/**
 * The files that a path of this machine stands for, by the paths that they are to have: itself, at `at`, or all that are in
 * the directory, below `at`. Links are followed.
 *
 * @throws FileError where something cannot be looked at, is no file and no directory, or leads back to above itself.
 *   OptionError for a name that an input cannot have.
 */
export async function localFiles(
  local: string,
  at: string,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, LocalFile>> {
  const found = new Map<string, LocalFile>();
  const root = bytesFromName(resolve(expandHome(local)));
  await localAccess().use(({ files }) => new Search(files, found, signal).take(root, at, []));
  return found;
}

class Search {
  readonly #files: FileDriver;
  readonly #found: Map<string, LocalFile>;
  readonly #signal: AbortSignal | undefined;

  constructor(files: FileDriver, found: Map<string, LocalFile>, signal: AbortSignal | undefined) {
    this.#files = files;
    this.#found = found;
    this.#signal = signal;
  }

  /** `above` holds the directories that led here, as they are without links. */
  async take(path: Buffer, at: string, above: readonly string[]): Promise<void> {
    throwIfAborted(this.#signal, 'looking for the inputs of a job');
    const stats = await this.#files.stat(path);
    if (stats.isFile()) {
      this.#found.set(at, { local: nameFromBytes(path), mode: stats.mode & PERMISSIONS });
    } else if (stats.isDirectory()) {
      const real = (await this.#files.realpath(path)).toString('latin1');
      if (above.includes(real)) throw refused('ELOOP', path, 'it leads back to above itself');
      for (const name of await this.#names(path)) {
        const below = childPath(path, name);
        await this.take(below, this.#pathBelow(at, name, below), [...above, real]);
      }
    } else {
      throw refused('ENOTSUP', path, 'pipes, sockets and devices cannot be inputs of a job');
    }
  }

  async #names(path: Buffer): Promise<readonly Buffer[]> {
    const names: Buffer[] = [];
    for await (const batch of this.#files.list(path)) names.push(...batch.map(({ name }) => name));
    return names.toSorted(Buffer.compare);
  }

  #pathBelow(at: string, name: Buffer, whole: Buffer): string {
    const text = nameFromBytes(name);
    try {
      return inputPath(at === '' ? text : `${at}/${text}`);
    } catch (error) {
      if (!(error instanceof OptionError)) throw error;
      const { parent } = splitPath(whole);
      throw new OptionError(
        `Cannot take ${JSON.stringify(text)} of ${nameFromBytes(parent)} as an input: ${error.message}`,
        { cause: error },
      );
    }
  }
}

function refused(code: string, path: Buffer, detail: string): FileError {
  return new FileError(code, { syscall: 'open', path: nameFromBytes(path), detail });
}
