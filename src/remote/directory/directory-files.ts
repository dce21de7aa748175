import { constants } from 'node:fs';
import { splitPath, withoutSlashes } from '../files/entries.js';
import type { FileAccess, FileScope, UseOptions } from '../files/file-access.js';
import type { FileDriver } from '../files/file-driver.js';
import { fileCode } from '../files/retell.js';

/** A directory that files are made in. */
export interface WorkPlace {
  readonly path: Buffer;
  /** What it is made with again, should it be gone. */
  readonly mode: number;
  /** Is told that it is gone. */
  readonly gone: () => void;
}

/**
 * The files of a machine for work in one directory. Where something is to be made in it, and it is gone, it is made again,
 * and the request sent once more: one that found no directory has done nothing. Who only looks is told that it is gone.
 */
export class DirectoryFiles implements FileAccess {
  readonly #access: FileAccess;
  readonly #place: WorkPlace;

  constructor(access: FileAccess, place: WorkPlace) {
    this.#access = access;
    this.#place = place;
  }

  get host(): string {
    return this.#access.host;
  }

  get key(): string {
    return this.#access.key;
  }

  use<T>(work: (scope: FileScope) => Promise<T>, o?: UseOptions): Promise<T> {
    return this.#access.use(({ files, site }) => work({ files: driverIn(this.#place, files), site }), o);
  }

  useAnother<T>(work: (scope: FileScope) => Promise<T>, o?: UseOptions): Promise<T> {
    return this.#access.useAnother(({ files, site }) => work({ files: driverIn(this.#place, files), site }), o);
  }
}

/** A driver whose requests mind that the directory may be gone. */
function driverIn(place: WorkPlace, driver: FileDriver): FileDriver {
  return new Proxy(driver, {
    get(_, name): unknown {
      // A driver's own fields are its own: it must not see itself through this one.
      const member: unknown = Reflect.get(driver, name, driver);
      if (typeof member !== 'function') return member;
      return (...args: readonly unknown[]): unknown => {
        const request = (): unknown => Reflect.apply(member, driver, args);
        const answer = request();
        if (name === 'list' && isListing(answer)) return watched(place, args[0], answer);
        if (!(answer instanceof Promise)) return answer;
        return answer.catch(async (error: unknown) => {
          if (fileCode(error) !== 'ENOENT') throw error;
          if (isAt(place, args[0])) place.gone();
          if (!isIn(place, madeBy(name, args))) throw error;
          await driver.ensureDirectory(place.path, place.mode);
          return request();
        });
      };
    },
  });
}

/** The path of what a request is to make. */
function madeBy(name: string | symbol, args: readonly unknown[]): unknown {
  const [first, second] = args;
  if (name === 'mkdir') return first;
  if (name === 'open') return typeof second === 'number' && (second & constants.O_CREAT) !== 0 ? first : undefined;
  return name === 'symlink' || name === 'link' || name === 'rename' ? second : undefined;
}

function isAt({ path }: WorkPlace, other: unknown): boolean {
  return Buffer.isBuffer(other) && withoutSlashes(other).equals(path);
}

function isIn({ path }: WorkPlace, other: unknown): boolean {
  return Buffer.isBuffer(other) && splitPath(other).parent.equals(path);
}

function isListing(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer;
}

async function* watched(place: WorkPlace, path: unknown, listing: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* listing;
  } catch (error) {
    if (fileCode(error) === 'ENOENT' && isAt(place, path)) place.gone();
    throw error;
  }
}
