import { lstat, realpath } from 'node:fs/promises';
import { posix } from 'node:path';
import type { SftpPaths } from '../host-settings.js';

/** A path that leads out of the host's directory. */
class OutsideError extends Error {
  readonly code = 'EACCES';
}

/** A name in its `latin1` form as the file system takes it. */
export function bytes(name: string): Buffer {
  return Buffer.from(name, 'latin1');
}

/**
 * Maps the paths of a client to files below one directory, and refuses those that lead out of it. Paths and results
 * are `latin1` strings of bytes.
 *
 * Where the directory is the root (`'private'`), `/` and all `..` stay in it, as after chroot(2); a path that begins
 * with the directory's real path means the same file, so that paths that commands print can be used. Where paths are
 * real ones (`'real'`), those outside are refused. Either way a link that leads out is refused when it is followed.
 *
 * `..` is taken off the text, before links are followed. It guards against accidents: whoever may run commands on the
 * host needs no SFTP to get out.
 */
export class ConfinedPaths {
  /** The directory's real path, in the form of names. */
  readonly #root: string;
  readonly #view: SftpPaths;

  constructor(directory: string, view: SftpPaths) {
    this.#root = Buffer.from(directory).toString('latin1');
    this.#view = view;
  }

  /** The file that `path` means, with a link at its end followed. What is not there is looked for in its directory. */
  async followed(path: string): Promise<Buffer> {
    const candidate = this.#candidate(path);
    try {
      return bytes(await this.#resolved(candidate));
    } catch (error) {
      if (!isMissing(error) || candidate === this.#root) throw error;
      const place = await this.#entry(candidate);
      // A dangling link is not a free place: what is made through it would be made elsewhere.
      const link = await lstat(bytes(place)).catch(() => undefined);
      if (link !== undefined) throw error;
      return bytes(place);
    }
  }

  /** The directory entry that `path` means: a link at its end is itself. */
  async itself(path: string): Promise<Buffer> {
    const candidate = this.#candidate(path);
    return bytes(candidate === this.#root ? candidate : await this.#entry(candidate));
  }

  /** `path` as the client sees it, absolute and with links resolved as far as it exists (`SSH_FXP_REALPATH`). */
  async canonical(path: string): Promise<string> {
    const file = await this.followed(path);
    return this.#shown(file.toString('latin1'));
  }

  /** What to write into a link so that it leads where the client means. */
  linkTarget(target: string): string {
    if (!target.startsWith('/') || this.#view === 'real' || this.#within(target)) return target;
    return this.#candidate(target);
  }

  /** What a link holds, as the client sees it. */
  shownTarget(target: string): string {
    return target.startsWith('/') && this.#within(target) ? this.#shown(target) : target;
  }

  #candidate(path: string): string {
    const absolute = path.startsWith('/');
    const clean = posix.normalize(absolute ? path : `/${path}`).replace(/(?<=.)\/$/, '');
    if (absolute && this.#within(clean)) return clean;
    if (this.#view === 'private') return clean === '/' ? this.#root : this.#root + clean;
    const real = absolute ? clean : posix.normalize(`${this.#root}/${path}`).replace(/\/$/, '');
    if (!this.#within(real)) throw outside(path);
    return real;
  }

  async #entry(candidate: string): Promise<string> {
    const parent = await this.#resolved(posix.dirname(candidate));
    return `${parent}/${posix.basename(candidate)}`;
  }

  async #resolved(candidate: string): Promise<string> {
    const real = (await realpath(bytes(candidate), 'buffer')).toString('latin1');
    if (!this.#within(real)) throw outside(candidate);
    return real;
  }

  #within(path: string): boolean {
    return path === this.#root || path.startsWith(`${this.#root}/`);
  }

  #shown(file: string): string {
    if (this.#view === 'real') return file;
    return file === this.#root ? '/' : file.slice(this.#root.length);
  }
}

function outside(path: string): OutsideError {
  return new OutsideError(`${path} leads out of the test host's directory.`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
