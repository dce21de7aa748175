import { constants } from 'node:fs';
import { FileError } from '../../core/file-error.js';
import type { OpenFile } from '../files/file-driver.js';
import { nameFromBytes } from '../files/names.js';
import { retell } from '../files/retell.js';
import type { Destination } from './destination.js';
import { draftPath, freshDraftPath } from './draft-name.js';
import { syncFile } from './sync-file.js';
import { failedWith, fileFailure, isResumable, type Work } from './work.js';

const { O_CREAT, O_EXCL, O_RDWR, O_WRONLY } = constants;

/** What the owner of a draft may do with it. */
const OWNER = 0o600;
const PERMISSIONS = 0o777;

/** Drafts that this process is writing: a second transfer of the same file takes another name. */
const underWay = new Set<string>();

/** A file that is written beside its target, and takes its place when it is whole. */
export class Draft implements Destination {
  readonly path: Buffer;
  readonly file: OpenFile;
  readonly reopened: boolean;
  readonly #work: Work;
  readonly #target: Buffer;
  readonly #claim: string;
  #closed = false;

  private constructor(work: Work, target: Buffer, path: Buffer, file: OpenFile, reopened: boolean) {
    this.#work = work;
    this.reopened = reopened;
    this.#target = target;
    this.path = path;
    this.file = file;
    this.#claim = claimOn(work, path);
  }

  /**
   * Opens a draft for `target`, new and empty. What an interrupted transfer of the same file left is removed first; with
   * `resume` it is opened as it is.
   */
  static async open(work: Work, source: Buffer, target: Buffer, mode: number): Promise<Draft> {
    let path = draftPath(work, source, target);
    for (let tries = 0; ; tries += 1) {
      if (underWay.has(claimOn(work, path)) || tries > 1) path = freshDraftPath(target);
      const claim = claimOn(work, path);
      const resume = work.plan.resume || work.course.hasLeft(path);
      underWay.add(claim);
      try {
        const reopened = resume && tries === 1;
        const file = reopened ? await reopen(work, path) : await openNew(work, path, mode);
        work.course.took(path);
        return new Draft(work, target, path, file, reopened);
      } catch (error) {
        underWay.delete(claim);
        if (tries > 2 || !failedWith(error, 'EEXIST')) throw aboutTarget(error, path, target);
        if (!resume) await work.to.files.unlink(path).catch(ignoreFileError);
      }
    }
  }

  async sync(): Promise<void> {
    await syncFile(this.#work, this.file);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.file.close();
  }

  /** Takes the target's place, in one step where the server has one. */
  async publish(): Promise<void> {
    const { to, course } = this.#work;
    course.publishing({ draft: this.path, target: this.#target });
    await to.files.rename(this.path, this.#target).catch((error) => {
      if (!failedWith(error, 'ENOTSUP', 'EEXIST')) throw error;
      return this.#swap();
    });
    course.publishing(undefined);
    underWay.delete(this.#claim);
  }

  /** Gives the draft up. It is removed unless it is to be gone on with; over a link that is lost it stays. */
  async discard(keep: boolean): Promise<void> {
    await this.close().catch(() => {});
    const { plan, course, to } = this.#work;
    if (!keep) await to.files.unlink(this.path).catch(() => {});
    else if (!plan.resume) course.left(this.path);
    underWay.delete(this.#claim);
  }

  /** Without a rename that replaces, the old file steps aside first: it is never gone, but for a moment it is elsewhere. */
  async #swap(): Promise<void> {
    const { to, course } = this.#work;
    const { files } = to;
    // Of three steps, nobody would know which one was the last.
    course.stop();
    const aside = freshDraftPath(this.#target);
    await files.rename(this.#target, aside);
    try {
      await files.rename(this.path, this.#target);
    } catch (error) {
      await files.rename(aside, this.#target);
      throw error;
    }
    await files.unlink(aside);
  }
}

async function openNew(work: Work, path: Buffer, mode: number): Promise<OpenFile> {
  // What is gone on with is opened, and perhaps read, by its owner later.
  const [access, owner] = isResumable(work) ? [O_RDWR, OWNER] : [O_WRONLY, 0];
  return work.to.files.open(path, access | O_CREAT | O_EXCL, mode | owner);
}

/** Opens what an interrupted transfer left. `EEXIST` where that is no file of ours: what others own, others may change. */
async function reopen(work: Work, path: Buffer): Promise<OpenFile> {
  const { files } = work.to;
  const notOurs = fileFailure(work.to, 'EEXIST', { syscall: 'open', path });
  const stats = await files.lstat(path);
  if (!stats.isFile()) throw notOurs;
  const file = await files.open(path, O_RDWR, OWNER).catch((error) => {
    throw failedWith(error, 'EACCES', 'EPERM') ? notOurs : error;
  });
  try {
    // Its owner alone may set its mode, be it to what it is.
    await file.chmod(Number.isNaN(stats.mode) ? OWNER : stats.mode & PERMISSIONS);
    return file;
  } catch (error) {
    await file.close().catch(() => {});
    throw failedWith(error, 'EACCES', 'EPERM') ? notOurs : error;
  }
}

function claimOn(work: Work, path: Buffer): string {
  return `${work.to.access.key}\0${path.toString('latin1')}`;
}

/** The error of a draft, told of its target: nobody else knows of drafts. */
export function aboutTarget(error: unknown, draft: Buffer, target: Buffer): unknown {
  if (!(error instanceof FileError) || error.path !== nameFromBytes(draft)) return error;
  return retell(error, { syscall: error.syscall, path: nameFromBytes(target), dest: undefined });
}

/** What cannot be removed is left: the draft takes another name. */
function ignoreFileError(error: unknown): void {
  if (!(error instanceof FileError)) throw error;
}
