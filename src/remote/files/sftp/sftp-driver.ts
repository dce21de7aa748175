import { constants } from 'node:fs';
import { abortReason, onAbort, throwIfAborted } from '../../../core/abort.js';
import { FileError } from '../../../core/file-error.js';
import type { HawserError } from '../../../core/hawser-error.js';
import type { Transport } from '../../../transport/contract.js';
import type { DirectoryEntry, FileAbility, FileDriver, FileTimes, OpenFile } from '../file-driver.js';
import type { StatFs, Stats } from '../stats.js';
import { attributeFields, type Changes } from './attributes.js';
import { ensureDirectory } from './ensure-directory.js';
import type { FileAct } from './file-act.js';
import { FileCalls } from './file-calls.js';
import { readFileSystem } from './file-system.js';
import { listDirectory } from './list-directory.js';
import { type OpenPlan, planOpen } from './open-flags.js';
import { Extension, Request } from './protocol.js';
import { SftpFile } from './sftp-file.js';
import { askLimits, type SftpLimits } from './sftp-limits.js';
import { type SftpPeer, SftpSession } from './sftp-session.js';

/** How long a server may take to begin, in milliseconds: as long as a whole connect may, by default. */
const BEGIN_WITHIN = 20_000;

/** What {@link openSftp} is for. */
export interface OpenSftpOptions extends SftpPeer {
  /** Ends the wait for the session; once it stands it is ended by `close`. */
  readonly signal: AbortSignal;
}

/**
 * Opens an SFTP session on one more channel of a transport. Throws `ChannelError` with the reason `'request'` where the
 * server has no SFTP, `AbortError` when the signal fires, and what `Transport.subsystem` throws.
 */
export async function openSftp(transport: Transport, { host, key, signal }: OpenSftpOptions): Promise<SftpDriver> {
  throwIfAborted(signal, `starting SFTP on ${host}`, host);
  const stream = await transport.subsystem('sftp', { signal, borrows: true });
  const session = new SftpSession(stream, { host, key });
  const lost = (reason?: HawserError): void => (reason === undefined ? session.close() : session.end(reason));
  transport.once('close', lost);
  session.onEnd(() => transport.off('close', lost));
  const stop = onAbort(signal, () => session.end(abortReason(signal, `starting SFTP on ${host}`, host)));
  const timer = setTimeout(() => session.mute(BEGIN_WITHIN), BEGIN_WITHIN);
  try {
    const extensions = await session.greet();
    return new SftpDriver(session, extensions, await askLimits(session, extensions));
  } finally {
    clearTimeout(timer);
    stop();
  }
}

/** Files over SFTP version 3, with OpenSSH's extensions where the server has them. */
export class SftpDriver implements FileDriver {
  readonly kind = 'sftp';
  readonly abilities: ReadonlySet<FileAbility>;
  readonly limits: SftpLimits;
  readonly #calls: FileCalls;
  #home: Promise<Buffer> | undefined;
  /** Files that are open. */
  #open = 0;

  constructor(session: SftpSession, extensions: ReadonlyMap<string, string>, limits: SftpLimits) {
    this.limits = limits;
    this.#calls = new FileCalls(session, extensions);
    this.abilities = abilitiesOf(extensions);
  }

  get usable(): boolean {
    return this.#calls.session.over === undefined;
  }

  async home(user?: string): Promise<Buffer> {
    if (user === undefined || user === '') {
      const here = Buffer.from('.');
      this.#home ??= this.#name({ syscall: 'realpath', path: here }, Request.REALPATH, [here]).catch(
        (error: unknown) => {
          this.#home = undefined;
          throw error;
        },
      );
      return await this.#home;
    }
    const path = Buffer.from(`~${user}`);
    const act = { syscall: 'realpath', path };
    this.#calls.need(act, Extension.EXPAND);
    return await this.#name(act, Request.EXTENDED, [Buffer.from(Extension.EXPAND), path]);
  }

  async open(path: Buffer, flags: number, mode: number): Promise<OpenFile> {
    const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_EXCL, O_APPEND } = constants;
    const writes = (flags & (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)) !== 0;
    const act = { syscall: 'open', path, writes, exclusive: (flags & O_EXCL) !== 0, crowded: this.#crowded };
    const plan = planOpen(flags);
    if ('code' in plan) throw this.#calls.error(plan.code, act, plan.detail);
    await this.#checkKind(act, plan);
    const fields = [path, plan.flags, ...attributeFields({ mode })];
    const { handle } = await this.#calls.get(act, Request.OPEN, fields, 'handle');
    const append = (flags & O_APPEND) !== 0;
    this.#open += 1;
    const closed = (): void => {
      this.#open -= 1;
    };
    return new SftpFile(this.#calls, { path, handle, append, limits: this.limits, closed });
  }

  async stat(path: Buffer): Promise<Stats> {
    return (await this.#calls.get({ syscall: 'stat', path }, Request.STAT, [path], 'stats')).stats;
  }

  async lstat(path: Buffer): Promise<Stats> {
    return (await this.#calls.get({ syscall: 'lstat', path }, Request.LSTAT, [path], 'stats')).stats;
  }

  list(path: Buffer): AsyncIterable<readonly DirectoryEntry[]> {
    return listDirectory(this.#calls, { syscall: 'scandir', path, crowded: this.#crowded });
  }

  async mkdir(path: Buffer, mode: number): Promise<void> {
    await this.#calls.done({ syscall: 'mkdir', path }, Request.MKDIR, [path, ...attributeFields({ mode })]);
  }

  ensureDirectory(path: Buffer, mode: number): Promise<void> {
    return ensureDirectory(this.#calls, path, mode);
  }

  async rmdir(path: Buffer): Promise<void> {
    await this.#calls.done({ syscall: 'rmdir', path }, Request.RMDIR, [path]);
  }

  async unlink(path: Buffer): Promise<void> {
    await this.#calls.done({ syscall: 'unlink', path }, Request.REMOVE, [path]);
  }

  async rename(from: Buffer, to: Buffer): Promise<void> {
    const act = { syscall: 'rename', path: from, dest: to };
    if (this.#calls.has(Extension.RENAME)) {
      await this.#calls.extended(act, Extension.RENAME, [from, to]);
      return;
    }
    try {
      await this.#calls.done(act, Request.RENAME, [from, to]);
    } catch (error) {
      if (!(error instanceof FileError) || !(await this.#exists(to)) || !(await this.#exists(from))) throw error;
      const detail = `its SFTP server has no ${Extension.RENAME}, and something stands there`;
      throw this.#calls.error('ENOTSUP', act, detail);
    }
  }

  async link(existing: Buffer, path: Buffer): Promise<void> {
    await this.#calls.extended({ syscall: 'link', path: existing, dest: path }, Extension.LINK, [existing, path]);
  }

  async symlink(target: Buffer, path: Buffer): Promise<void> {
    // OpenSSH takes them in this order, not in the draft's, and everyone has followed it (its PROTOCOL §4.1).
    await this.#calls.done({ syscall: 'symlink', path: target, dest: path }, Request.SYMLINK, [target, path]);
  }

  readlink(path: Buffer): Promise<Buffer> {
    return this.#name({ syscall: 'readlink', path }, Request.READLINK, [path]);
  }

  async realpath(path: Buffer): Promise<Buffer> {
    const act = { syscall: 'realpath', path };
    // Servers resolve a path whose last part does not exist, too.
    const [real] = await Promise.all([
      this.#name(act, Request.REALPATH, [path]),
      this.#calls.get(act, Request.STAT, [path], 'stats'),
    ]);
    return real;
  }

  truncate(path: Buffer, length: number): Promise<void> {
    return this.#change('open', path, { size: length });
  }

  chmod(path: Buffer, mode: number): Promise<void> {
    return this.#change('chmod', path, { mode });
  }

  chown(path: Buffer, uid: number, gid: number): Promise<void> {
    return this.#change('chown', path, { owner: { uid, gid } });
  }

  utimes(path: Buffer, times: FileTimes): Promise<void> {
    return this.#change('utime', path, { times });
  }

  lchmod(path: Buffer, mode: number): Promise<void> {
    return this.#changeLink('lchmod', path, { mode });
  }

  lchown(path: Buffer, uid: number, gid: number): Promise<void> {
    return this.#changeLink('lchown', path, { owner: { uid, gid } });
  }

  lutimes(path: Buffer, times: FileTimes): Promise<void> {
    return this.#changeLink('lutime', path, { times });
  }

  async statfs(path: Buffer): Promise<StatFs> {
    const act = { syscall: 'statfs', path };
    this.#calls.need(act, Extension.STATVFS);
    const asked = [Buffer.from(Extension.STATVFS), path];
    const { fields } = await this.#calls.get(act, Request.EXTENDED, asked, 'extended');
    const { blockSize, blocks, free, available, files, freeFiles } = this.#calls.session.parsed(() =>
      readFileSystem(fields),
    );
    return { type: 0, bsize: blockSize, blocks, bfree: free, bavail: available, files, ffree: freeFiles };
  }

  async copy(from: OpenFile, to: OpenFile): Promise<void> {
    const act = { syscall: 'copyfile' };
    if (!(from instanceof SftpFile) || !(to instanceof SftpFile)) throw this.#calls.error('ENOSYS', act);
    const fields = [from.handle('copyfile'), 0n, 0n, to.handle('copyfile'), 0n];
    await this.#calls.extended(act, Extension.COPY, fields);
  }

  keepAlive(alive: boolean): void {
    this.#calls.session.keepAlive(alive);
  }

  async close(): Promise<void> {
    this.#calls.session.close();
  }

  async #name(act: FileAct, type: number, fields: readonly Buffer[]): Promise<Buffer> {
    const { names } = await this.#calls.get(act, type, fields, 'names');
    const [first] = names;
    if (first === undefined || names.length > 1 || first.name.length === 0 || first.name.includes(0)) {
      throw this.#calls.session.breach(`it answered "${act.syscall}" with something else than one path`);
    }
    return first.name;
  }

  get #crowded(): boolean {
    return this.#open >= (this.limits.openHandles ?? Number.POSITIVE_INFINITY);
  }

  /** What SFTP has no flags for is looked at before, which leaves a moment in which it may change. */
  async #checkKind(act: FileAct & { readonly path: Buffer }, { directory, noFollow }: OpenPlan): Promise<void> {
    const { path } = act;
    if (noFollow) {
      const answer = await this.#calls.session.ask(Request.LSTAT, [path], 'stats');
      if (answer.kind === 'stats' && answer.stats.isSymbolicLink()) {
        throw this.#calls.error(directory ? 'ENOTDIR' : 'ELOOP', act);
      }
    }
    if (!directory) return;
    const { stats } = await this.#calls.get(act, Request.STAT, [path], 'stats');
    if (!stats.isDirectory()) throw this.#calls.error('ENOTDIR', act);
  }

  async #exists(path: Buffer): Promise<boolean> {
    return await this.lstat(path).then(
      () => true,
      () => false,
    );
  }

  async #change(syscall: string, path: Buffer, changes: Changes): Promise<void> {
    const act = { syscall, path, writes: true, bytes: changes.size ?? 0 };
    await this.#calls.done(act, Request.SETSTAT, [path, ...this.#calls.changeFields(act, changes)]);
  }

  async #changeLink(syscall: string, path: Buffer, changes: Changes): Promise<void> {
    const act = { syscall, path };
    await this.#calls.extended(act, Extension.SET_LINK, [path, ...this.#calls.changeFields(act, changes)]);
  }
}

function abilitiesOf(extensions: ReadonlyMap<string, string>): ReadonlySet<FileAbility> {
  const abilities = new Set<FileAbility>(['append', 'random-access']);
  const offered: readonly (readonly [string, FileAbility])[] = [
    [Extension.FSYNC, 'fsync'],
    [Extension.COPY, 'copy'],
    [Extension.STATVFS, 'statfs'],
    [Extension.LINK, 'link'],
    [Extension.RENAME, 'rename-over'],
  ];
  for (const [extension, ability] of offered) if (extensions.has(extension)) abilities.add(ability);
  return abilities;
}
