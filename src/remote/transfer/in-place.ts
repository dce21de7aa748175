import { constants } from 'node:fs';
import type { OpenFile } from '../files/file-driver.js';
import type { Stats } from '../files/stats.js';
import type { Destination } from './destination.js';
import { syncFile } from './sync-file.js';
import { fileFailure, type Work } from './work.js';

const { O_CREAT, O_EXCL, O_TRUNC, O_WRONLY } = constants;

/** A target that is written as it stands: `atomic: false`, and devices. An interruption leaves it half written. */
export class InPlace implements Destination {
  readonly path: Buffer;
  readonly file: OpenFile;
  readonly reopened = false;
  readonly #work: Work;

  private constructor(work: Work, path: Buffer, file: OpenFile) {
    this.#work = work;
    this.path = path;
    this.file = file;
  }

  /** Opens the target, emptied. A link that stands there is replaced, and what it leads to left alone. */
  static async open(work: Work, target: Buffer, mode: number, existing: Stats | undefined): Promise<InPlace> {
    const { files } = work.to;
    // What is half written cannot be told from what was there, and a device has had its bytes.
    work.course.stop();
    if (existing?.isSymbolicLink()) await files.unlink(target);
    return new InPlace(work, target, await files.open(target, flagsFor(work, target, existing), mode));
  }

  async sync(): Promise<void> {
    await syncFile(this.#work, this.file);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  async publish(): Promise<void> {}

  async discard(): Promise<void> {
    await this.close().catch(() => {});
  }
}

function flagsFor(work: Work, target: Buffer, existing: Stats | undefined): number {
  if (existing === undefined || existing.isSymbolicLink()) return O_WRONLY | O_CREAT | O_EXCL;
  if (existing.isFile()) return O_WRONLY | O_CREAT | O_TRUNC;
  if (existing.isCharacterDevice() || existing.isBlockDevice()) return O_WRONLY;
  throw fileFailure(work.to, 'ENOTSUP', { syscall: 'open', path: target, detail: 'a pipe or a socket stands there' });
}
