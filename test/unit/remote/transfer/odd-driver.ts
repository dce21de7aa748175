import type { FileAccess } from '../../../../src/remote/files/file-access.js';
import type { DirectoryEntry, OpenFile } from '../../../../src/remote/files/file-driver.js';
import { localAccess } from '../../../../src/remote/files/local/local-access.js';
import { LocalDriver } from '../../../../src/remote/files/local/local-driver.js';

/** What is odd about a server. */
export interface Oddity {
  /** What it lists in a directory beside what is there. */
  readonly lists?: (directory: string) => readonly DirectoryEntry[];
  /** What it does when a file has been opened, and before it is read. */
  readonly opened?: (path: string, file: OpenFile) => OpenFile | Promise<OpenFile>;
  /** What it does before a rename. */
  readonly renaming?: (from: string, to: string) => void | Promise<void>;
}

/** This machine as a server that is not honest, or not well. */
class OddDriver extends LocalDriver {
  /** A tree from another machine is not trusted. */
  override readonly kind: string = 'sftp';
  override readonly atOnce = undefined;
  readonly #odd: Oddity;

  constructor(odd: Oddity) {
    super('odd');
    this.#odd = odd;
  }

  override async *list(path: Buffer): AsyncGenerator<readonly DirectoryEntry[], void, void> {
    yield* super.list(path);
    if (this.#odd.lists !== undefined) yield this.#odd.lists(path.toString());
  }

  override async open(path: Buffer, flags: number, mode: number): Promise<OpenFile> {
    const file = await super.open(path, flags, mode);
    return this.#odd.opened === undefined ? file : this.#odd.opened(path.toString(), file);
  }

  override async rename(from: Buffer, to: Buffer): Promise<void> {
    await this.#odd.renaming?.(from.toString(), to.toString());
    await super.rename(from, to);
  }
}

/** The way to such a server. */
export function oddAccess(odd: Oddity): FileAccess {
  const local = localAccess();
  const files = new OddDriver(odd);
  const use: FileAccess['use'] = (work) => local.use(({ site }) => work({ files, site }));
  return { host: 'odd', key: 'odd', use, useAnother: use };
}
