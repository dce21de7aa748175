import { raceAbort, throwIfAborted } from '../../core/abort.js';
import { AbortError } from '../../core/errors.js';
import { FileError } from '../../core/file-error.js';
import { OptionError } from '../../core/hawser-error.js';
import { openHolds } from '../../core/hold.js';
import type { Transport } from '../../transport/contract.js';
import { expandPath } from '../files/expand-path.js';
import type { FileScope } from '../files/file-access.js';
import type { FileDriver } from '../files/file-driver.js';
import { bytesFromName, nameFromBytes } from '../files/names.js';
import type { PathHost } from '../paths/path-host.js';
import { makePath } from '../paths/remote-path.js';
import { type PathText, pathText } from '../paths/route.js';
import type { DirectoryHost, DirectoryOptions } from './directory-host.js';
import { RemoteDirectory } from './remote-directory.js';

/** What is asked for: two who ask for the same have the same name for it. */
interface Wish {
  readonly name: string;
  readonly path: string;
  readonly mode: number;
}

/** A directory, and the links over which it is known to be there. */
interface Known {
  readonly directory: RemoteDirectory;
  links: WeakSet<Transport>;
}

/** A directory that is being made, and how many wait for it: it ends with the last of them. */
interface Making {
  readonly done: Promise<RemoteDirectory>;
  readonly giveUp: AbortController;
  waiting: number;
}

/** How many directories are remembered. */
const REMEMBERED = 10_000;

const HERE = Buffer.from('.');

/**
 * The directories that work is done in on one machine. Each is made once for all who ask, and remembered for as long as the
 * link stands, or until it turns out to be gone: who asks again sends nothing.
 */
export class Directories {
  readonly #host: DirectoryHost;
  readonly #known = new Map<string, Known>();
  readonly #making = new Map<string, Making>();
  /** Where relative paths begin, which is asked for once a link. */
  readonly #starts = new WeakMap<Transport, Promise<Buffer>>();

  constructor(host: DirectoryHost) {
    this.#host = host;
  }

  /** See the connection's `directory`. */
  async get(path: PathText, { mode, signal }: DirectoryOptions): Promise<RemoteDirectory> {
    const wish = this.#wish(path, mode);
    const { key } = this.#host;
    const doing = `making the directory ${wish.path}`;
    throwIfAborted(signal, doing, key);
    const look = async ({ transport }: { readonly transport: Transport }): Promise<RemoteDirectory | Making> => {
      const known = this.#known.get(wish.name);
      return known?.links.has(transport) ? known.directory : this.#join(wish);
    };
    const found = await this.#host.run(look, { signal, exclusive: false });
    if (found instanceof RemoteDirectory) return found;
    try {
      return await raceAbort(found.done, signal, { doing, host: key });
    } finally {
      found.waiting -= 1;
      if (found.waiting === 0) this.#over(wish, found);
    }
  }

  #wish(path: PathText, mode = 0o777): Wish {
    if (pathText(path) === '') throw new OptionError('Expected the path of a directory, got an empty text.');
    if (!Number.isSafeInteger(mode) || mode < 0 || mode > 0o777) {
      throw new OptionError(`Expected the \`mode\` option to be permissions from 0 to 0o777, got ${String(mode)}.`);
    }
    const text = String(makePath(this.#host.paths, [path]));
    return { name: `${mode.toString(8)} ${text}`, path: text, mode };
  }

  /** Joins those who wait for a directory, or is the first of them. Who holds a lock joins nobody: they may wait for that. */
  #join(wish: Wish): Making {
    const [hold] = openHolds();
    const making = (hold === undefined && this.#making.get(wish.name)) || this.#begin(wish);
    making.waiting += 1;
    return making;
  }

  #begin(wish: Wish): Making {
    const giveUp = new AbortController();
    // To make it twice does no harm: it goes on over a new link where the connection makes one.
    const o = { signal: giveUp.signal, repeatable: true };
    const done = this.#host.files
      .use((scope) => this.#make(wish, scope), o)
      .catch((error) => {
        throw explained(error);
      });
    const making: Making = { done, giveUp, waiting: 0 };
    this.#making.set(wish.name, making);
    done.then(
      () => this.#over(wish, making),
      () => this.#over(wish, making),
    );
    return making;
  }

  #over({ name }: Wish, making: Making): void {
    const { key } = this.#host;
    if (this.#making.get(name) === making) this.#making.delete(name);
    making.giveUp.abort(new AbortError(`Nobody waits for a directory on ${key} any more.`, { host: key }));
  }

  async #make(wish: Wish, scope: FileScope): Promise<RemoteDirectory> {
    const { name } = wish;
    const path = await this.#ensure(wish, scope);
    const last = this.#known.get(name);
    const known = last?.directory.path === path ? last : this.#give(wish, path, scope);
    known.links.add(scope.site.transport);
    this.#known.set(name, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return known.directory;
  }

  #give(wish: Wish, path: string, scope: FileScope): Known {
    const directory = new RemoteDirectory(this.#host, path, {
      cwd: this.#asCommandsSee(wish, path, scope),
      mode: wish.mode,
      forget: () => this.#forget(path),
      another: (below, o) => this.get(below, o),
    });
    return { directory, links: new WeakSet() };
  }

  /** By whatever spelling it was asked for. */
  #forget(path: string): void {
    for (const known of this.#known.values()) if (known.directory.path === path) known.links = new WeakSet();
  }

  /** Makes it where it is missing, and gives its path from the root. */
  async #ensure({ path, mode }: Wish, { files, site }: FileScope): Promise<string> {
    const { paths } = this.#host;
    if (isAbsolute(path, paths)) {
      await files.ensureDirectory(bytesFromName(path), mode);
      return path;
    }
    if (path.startsWith('~')) {
      const [tilde = '~', ...names] = makePath(paths, [path]).parts;
      const home = nameFromBytes(await expandPath(files, tilde));
      const whole = String(makePath(paths, [home, ...names]));
      await files.ensureDirectory(bytesFromName(whole), mode);
      return whole;
    }
    // Both are under way at the same time.
    const making = files.ensureDirectory(bytesFromName(path), mode);
    const [start] = await Promise.all([this.#start(files, site.transport), making]);
    return String(makePath(paths, [nameFromBytes(start), path]));
  }

  #start(files: FileDriver, link: Transport): Promise<Buffer> {
    const known = this.#starts.get(link);
    if (known !== undefined) return known;
    const asking = files.realpath(HERE);
    this.#starts.set(link, asking);
    asking.catch(() => this.#starts.delete(link));
    return asking;
  }

  /**
   * The same directory as the shell knows it. Servers may show files below another root than commands see (a NAS, a confined
   * SFTP), but both begin at home, and a start-up file may have left that: it goes by the home directory where it can.
   */
  #asCommandsSee({ path }: Wish, whole: string, { files }: FileScope): string {
    const { paths } = this.#host;
    if (files.kind === 'local' || isAbsolute(path, paths)) return whole;
    if (!path.startsWith('~')) return String(makePath(paths, ['~', path]));
    return path === '~' || path.startsWith('~/') ? path : whole;
  }
}

function isAbsolute(path: string, { flavour }: PathHost): boolean {
  return flavour.isAbsolute(flavour.parse(path));
}

/** What is in the way, and what can be done. */
const ADVICE: Readonly<Record<string, string>> = {
  EEXIST: 'a file is in the way: choose another name, or remove it',
  ENOTDIR: 'a file stands where a directory above it would be: choose another name, or remove it',
  EACCES: 'this user may make nothing there: choose a place of its own, such as one below its home directory',
};

function explained(error: unknown): unknown {
  const detail = error instanceof FileError ? ADVICE[error.code] : undefined;
  if (!(error instanceof FileError) || detail === undefined) return error;
  const { code, syscall, path, host, key } = error;
  return new FileError(code, { syscall, path, host, key, detail, cause: error });
}
