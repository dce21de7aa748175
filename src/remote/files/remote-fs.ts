import type { Abortable } from '../../core/abort.js';
import type { FileAccess } from './file-access.js';
import { FileCalls } from './file-calls.js';
import type { PathLike } from './names.js';
import type { Stats } from './stats.js';

/** A machine's files, with the names of `node:fs/promises`. */
export class RemoteFs {
  readonly #calls: FileCalls;

  constructor(access: FileAccess) {
    this.#calls = new FileCalls(access);
  }

  stat(path: PathLike, o: Abortable = {}): Promise<Stats> {
    return this.#calls.run('stat', o, async ({ files, at }) => files.stat(await at(path)));
  }

  lstat(path: PathLike, o: Abortable = {}): Promise<Stats> {
    return this.#calls.run('lstat', o, async ({ files, at }) => files.lstat(await at(path)));
  }
}
