import type { FileAccess } from '../files/file-access.js';
import type { FileDriver } from '../files/file-driver.js';

/** The files of a machine for as long as something is open there: its connection counts as busy until they are given back. */
export class HeldFiles {
  readonly files: FileDriver;
  readonly #letGo: () => void;
  readonly #over: Promise<void>;

  private constructor(files: FileDriver, letGo: () => void, over: Promise<void>) {
    this.files = files;
    this.#letGo = letGo;
    this.#over = over;
  }

  /** Connects where that is needed. Throws what {@link FileAccess.use} throws. */
  static take(access: FileAccess, signal: AbortSignal): Promise<HeldFiles> {
    return new Promise((resolve, reject) => {
      const over = access.use(
        ({ files }) => new Promise<void>((letGo) => resolve(new HeldFiles(files, letGo, settled))),
        { signal, exclusive: false },
      );
      const settled = over.then(
        () => {},
        () => {},
      );
      over.catch(reject);
    });
  }

  /** Gives them back. Settles when the connection knows. Throws nothing. */
  async release(): Promise<void> {
    this.#letGo();
    await this.#over;
  }
}
