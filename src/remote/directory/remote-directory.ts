import { basename, resolve } from 'node:path';
import type { CommandResult } from '../../core/command-result.js';
import { ChannelError } from '../../core/errors.js';
import type { Command } from '../../core/quote.js';
import type { TransferSummary } from '../../core/transfer-summary.js';
import { bytesFromName } from '../files/names.js';
import { RemoteFs } from '../files/remote-fs.js';
import { makePath, type RemotePath } from '../paths/remote-path.js';
import { type PathText, pathText } from '../paths/route.js';
import type { ExecuteOptions, RunOptions, SpawnOptions } from '../process/options.js';
import type { RemoteProcess } from '../process/remote-process.js';
import type { TailOptions } from '../tail/tail-options.js';
import type { Tailer } from '../tail/tailer.js';
import type { TransferOptions } from '../transfer/options.js';
import { DirectoryFiles } from './directory-files.js';
import type { DirectoryHost, DirectoryOptions } from './directory-host.js';

/** How a {@link RemoteDirectory} was made, and where it is remembered. */
export interface DirectoryOrigin {
  /** Its path as commands are to find it. */
  readonly cwd: string;
  readonly mode: number;
  /** Forgets that it is there: the next who asks for it has it looked for. */
  readonly forget: () => void;
  /** Another one, by a path as commands are to find it. */
  readonly another: (path: string, o: DirectoryOptions) => Promise<RemoteDirectory>;
}

/**
 * A directory on the machine of a connection, to work in: commands run in it, and paths begin there. It was there when this
 * was given out. Should somebody remove it, whatever is to be made or run in it makes it again, before it begins; who only
 * looks at it is told that it is gone.
 *
 * A path that is absolute, or begins with `~`, means what it says; it may lead out of the directory, as `..` may.
 *
 * Made by a connection's `directory`. It stays good over reconnects.
 */
export class RemoteDirectory {
  /** The whole path, from the root, as its files are found. */
  readonly path: string;
  /** The machine's name in a fleet. */
  readonly key: string;
  readonly host: string;
  readonly #host: DirectoryHost;
  readonly #origin: DirectoryOrigin;
  readonly #files: DirectoryFiles;
  #fs: RemoteFs | undefined;

  constructor(host: DirectoryHost, path: string, origin: DirectoryOrigin) {
    this.path = path;
    this.key = host.key;
    this.host = host.host;
    this.#host = host;
    this.#origin = origin;
    const { mode, forget } = origin;
    this.#files = new DirectoryFiles(host.files, { path: bytesFromName(path), mode, gone: forget });
  }

  /** Runs a command in it, or, with `cwd`, in a directory below it. Otherwise as the connection's `execute`. */
  execute(command: Command, o: ExecuteOptions & { encoding: 'buffer' }): Promise<CommandResult<Buffer>>;
  execute(command: Command, o?: ExecuteOptions & { encoding?: BufferEncoding }): Promise<CommandResult>;
  execute(command: Command, o?: ExecuteOptions): Promise<CommandResult<string> | CommandResult<Buffer>>;
  async execute(command: Command, o: ExecuteOptions = {}): Promise<CommandResult<string> | CommandResult<Buffer>> {
    try {
      return await this.#host.execute(command, this.#here(o));
    } catch (error) {
      if (error instanceof ChannelError && error.reason === 'cwd') this.#origin.forget();
      throw error;
    }
  }

  /** Starts a command in it, as {@link execute}, and gives its streams. */
  spawn(command: Command, o: SpawnOptions = {}): RemoteProcess {
    return this.#host.spawn(command, this.#here(o));
  }

  /** The machine's files, as `node:fs/promises`; paths that are not absolute begin in this directory. */
  get fs(): RemoteFs {
    this.#fs ??= new RemoteFs(this.#files, bytesFromName(this.path));
    return this.#fs;
  }

  /** A path from this directory on; without an argument, its own. */
  Path(...parts: readonly PathText[]): RemotePath {
    return makePath({ ...this.#host.paths, fs: this.fs }, [this.path, ...parts]);
  }

  /**
   * Sends a file or a tree of this machine, by default under the name that it has here. A target that is a directory, or ends
   * with a slash, takes a file into it. See `transfer` for the rest, and for what is thrown.
   *
   * @example
   * await run.upload('inputs/si.in'); // si.in
   * await run.upload('pseudo', 'shared/pseudo'); // a tree
   */
  async upload(local: string, remote?: PathText, o: TransferOptions = {}): Promise<TransferSummary> {
    const { upload } = await import('../transfer/from-here.js');
    const path = this.#at(remote ?? basename(resolve(local)));
    return upload(local, { access: this.#files, path }, o);
  }

  /** Fetches a file or a tree to this machine, by default under its name in the current directory. */
  async download(remote: PathText, local?: string, o: TransferOptions = {}): Promise<TransferSummary> {
    const { download } = await import('../transfer/from-here.js');
    const path = this.#at(remote);
    return download(
      { access: this.#files, path },
      local ?? this.#host.paths.flavour.parse(path).names.at(-1) ?? '.',
      o,
    );
  }

  /** Follows a file as it grows. `openTail` says what it survives, and what is thrown. */
  async tail(path: PathText, o: TailOptions = {}): Promise<Tailer> {
    const { openTail } = await import('../tail/open-tail.js');
    return openTail(this.#files, this.#at(path), o);
  }

  /** A directory from this one on, made where it is missing: see the connection's `directory`. */
  async directory(path: PathText, o: DirectoryOptions = {}): Promise<RemoteDirectory> {
    return this.#origin.another(this.#at(path, this.#origin.cwd), o);
  }

  toString(): string {
    return this.path;
  }

  /** The options of a command that is to run here. Under sudo it would be another user who makes the directory. */
  #here<O extends RunOptions>(o: O): O {
    const { cwd, mode } = this.#origin;
    if (o.cwd !== undefined) return { ...o, cwd: this.#at(o.cwd, cwd) };
    const sudo = o.sudo !== undefined && o.sudo !== false;
    return { ...o, cwd, makeCwd: sudo ? false : mode };
  }

  /** The text of a path that begins here. A slash at its end means something to a transfer. */
  #at(path: PathText, base = this.path): string {
    const text = pathText(path);
    if (text.startsWith('~')) return text;
    const at = String(makePath(this.#host.paths, [base, text]));
    return text.endsWith('/') && !at.endsWith('/') ? `${at}/` : at;
  }
}
