import { constants, type Dirent } from 'node:fs';
import * as fs from 'node:fs/promises';
import { homedir } from 'node:os';
import { ClosedError } from '../../../core/errors.js';
import { FileError } from '../../../core/file-error.js';
import { makeDirectories } from '../../../core/make-directories.js';
import type { AtOnce, DirectoryEntry, FileAbility, FileDriver, FileTimes, OpenFile } from '../file-driver.js';
import { nameFromBytes } from '../names.js';
import { type StatFs, Stats } from '../stats.js';
import { LocalAtOnce } from './local-at-once.js';
import { localError } from './local-error.js';
import { LocalFile } from './local-file.js';

const ABILITIES: ReadonlySet<FileAbility> = new Set([
  'fsync',
  'statfs',
  'link',
  'rename-over',
  'append',
  'random-access',
]);

/** How many names of a directory are given at a time. */
const NAMES_AT_A_TIME = 256;

/** This machine's files, by Node's own `fs`. */
export class LocalDriver implements FileDriver {
  readonly kind: string = 'local';
  readonly abilities: ReadonlySet<FileAbility> = ABILITIES;
  readonly atOnce: AtOnce | undefined = new LocalAtOnce();
  readonly #host: string;
  readonly #open = new Set<LocalFile>();
  #usable = true;

  /** `host` is what errors call the machine. */
  constructor(host: string) {
    this.#host = host;
  }

  get usable(): boolean {
    return this.#usable;
  }

  async home(user?: string): Promise<Buffer> {
    if (user === undefined) return Buffer.from(homedir());
    const accounts = await this.#call('open', Buffer.from('/etc/passwd'), (path) => fs.readFile(path, 'utf8'));
    const home = accounts
      .split('\n')
      .map((line) => line.split(':'))
      .find(([name]) => name === user)?.[5];
    if (home !== undefined && home !== '') return Buffer.from(home);
    throw new FileError('ENOENT', {
      syscall: 'realpath',
      path: `~${user}`,
      host: this.#host,
      detail: `/etc/passwd has no user ${user}`,
    });
  }

  async open(path: Buffer, flags: number, mode: number): Promise<OpenFile> {
    const handle = await this.#call('open', path, () => fs.open(path, flags, mode));
    const file: LocalFile = new LocalFile(handle, {
      host: this.#host,
      path: nameFromBytes(path),
      closed: () => void this.#open.delete(file),
    });
    this.#open.add(file);
    return file;
  }

  stat(path: Buffer): Promise<Stats> {
    return this.#call('stat', path, async () => new Stats(await fs.stat(path)));
  }

  lstat(path: Buffer): Promise<Stats> {
    return this.#call('lstat', path, async () => new Stats(await fs.lstat(path)));
  }

  async *list(path: Buffer): AsyncGenerator<readonly DirectoryEntry[], void, void> {
    // The types of Node 20 know no directory whose names are bytes.
    const options = { encoding: 'buffer' as BufferEncoding, bufferSize: NAMES_AT_A_TIME };
    await using dir = await this.#call('opendir', path, async () => {
      const opened = await fs.opendir(path, options);
      return { read: () => opened.read(), [Symbol.asyncDispose]: () => opened.close() };
    });
    for (;;) {
      const entries: DirectoryEntry[] = [];
      while (entries.length < NAMES_AT_A_TIME) {
        const entry = await this.#call('scandir', path, () => dir.read());
        if (entry === null) break;
        entries.push({ name: nameOf(entry), stats: undefined, kind: kindOf(entry) });
      }
      if (entries.length > 0) yield entries;
      if (entries.length < NAMES_AT_A_TIME) return;
    }
  }

  mkdir(path: Buffer, mode: number): Promise<void> {
    return this.#call('mkdir', path, async () => void (await fs.mkdir(path, { mode })));
  }

  ensureDirectory(path: Buffer, mode: number): Promise<void> {
    return this.#call('mkdir', path, async () => void (await makeDirectories(path, mode)));
  }

  rmdir(path: Buffer): Promise<void> {
    return this.#call('rmdir', path, () => fs.rmdir(path));
  }

  unlink(path: Buffer): Promise<void> {
    return this.#call('unlink', path, () => fs.unlink(path));
  }

  rename(from: Buffer, to: Buffer): Promise<void> {
    return this.#call('rename', from, () => fs.rename(from, to), to);
  }

  link(existing: Buffer, path: Buffer): Promise<void> {
    return this.#call('link', existing, () => fs.link(existing, path), path);
  }

  symlink(target: Buffer, path: Buffer): Promise<void> {
    return this.#call('symlink', target, () => fs.symlink(target, path), path);
  }

  readlink(path: Buffer): Promise<Buffer> {
    return this.#call('readlink', path, () => fs.readlink(path, { encoding: 'buffer' }));
  }

  realpath(path: Buffer): Promise<Buffer> {
    return this.#call('realpath', path, () => fs.realpath(path, { encoding: 'buffer' }));
  }

  truncate(path: Buffer, length: number): Promise<void> {
    // Node tells of the open(2) that it begins with.
    return this.#call('open', path, () => fs.truncate(path, length));
  }

  chmod(path: Buffer, mode: number): Promise<void> {
    return this.#call('chmod', path, () => fs.chmod(path, mode));
  }

  chown(path: Buffer, uid: number, gid: number): Promise<void> {
    return this.#call('chown', path, () => fs.chown(path, uid, gid));
  }

  utimes(path: Buffer, { atimeMs, mtimeMs }: FileTimes): Promise<void> {
    return this.#call('utime', path, () => fs.utimes(path, atimeMs / 1000, mtimeMs / 1000));
  }

  lchmod(path: Buffer, mode: number): Promise<void> {
    if (constants.O_SYMLINK !== undefined) return this.#call('lchmod', path, () => fs.lchmod(path, mode));
    const detail = 'this system has no permissions for links';
    return Promise.reject(
      new FileError('ENOSYS', { syscall: 'lchmod', path: nameFromBytes(path), host: this.#host, detail }),
    );
  }

  lchown(path: Buffer, uid: number, gid: number): Promise<void> {
    return this.#call('lchown', path, () => fs.lchown(path, uid, gid));
  }

  lutimes(path: Buffer, { atimeMs, mtimeMs }: FileTimes): Promise<void> {
    return this.#call('lutime', path, () => fs.lutimes(path, atimeMs / 1000, mtimeMs / 1000));
  }

  statfs(path: Buffer): Promise<StatFs> {
    return this.#call('statfs', path, async () => {
      const { type, bsize, blocks, bfree, bavail, files, ffree } = await fs.statfs(path);
      return { type, bsize, blocks, bfree, bavail, files, ffree };
    });
  }

  access(path: Buffer, mode: number): Promise<void> {
    return this.#call('access', path, () => fs.access(path, mode));
  }

  copy(): Promise<void> {
    return Promise.reject(new FileError('ENOSYS', { syscall: 'copyfile', host: this.#host }));
  }

  async close(): Promise<void> {
    this.#usable = false;
    await Promise.allSettled([...this.#open].map((file) => file.close()));
  }

  async #call<T>(syscall: string, path: Buffer, work: (path: Buffer) => Promise<T>, dest?: Buffer): Promise<T> {
    if (!this.#usable) {
      throw new ClosedError(`The files of ${this.#host} were closed.`, { host: this.#host });
    }
    try {
      return await work(path);
    } catch (error) {
      throw localError(error, {
        syscall,
        path: nameFromBytes(path),
        host: this.#host,
        ...(dest === undefined ? {} : { dest: nameFromBytes(dest) }),
      });
    }
  }
}

function nameOf(entry: Dirent): Buffer {
  const name: unknown = entry.name;
  return Buffer.isBuffer(name) ? name : Buffer.from(entry.name);
}

function kindOf(entry: Dirent): number | undefined {
  if (entry.isFile()) return constants.S_IFREG;
  if (entry.isDirectory()) return constants.S_IFDIR;
  if (entry.isSymbolicLink()) return constants.S_IFLNK;
  if (entry.isFIFO()) return constants.S_IFIFO;
  if (entry.isSocket()) return constants.S_IFSOCK;
  if (entry.isBlockDevice()) return constants.S_IFBLK;
  if (entry.isCharacterDevice()) return constants.S_IFCHR;
  return undefined;
}
