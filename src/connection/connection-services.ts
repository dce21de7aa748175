import { EventEmitter } from 'node:events';
import { posix } from 'node:path';
import type { Abortable } from '../core/abort.js';
import type { CommandResult } from '../core/command-result.js';
import type { AnyCommandResult } from '../core/errors.js';
import type { HawserError } from '../core/hawser-error.js';
import type { Command } from '../core/quote.js';
import type { TransferSummary } from '../core/transfer-summary.js';
import type { Directories } from '../remote/directory/directories.js';
import type { DirectoryOptions } from '../remote/directory/directory-host.js';
import type { RemoteDirectory } from '../remote/directory/remote-directory.js';
import type { FileAccess, UseOptions } from '../remote/files/file-access.js';
import type { FileDriver } from '../remote/files/file-driver.js';
import { FileHost } from '../remote/files/file-host.js';
import { nameFromBytes } from '../remote/files/names.js';
import { RemoteFs } from '../remote/files/remote-fs.js';
import type { Forward } from '../remote/forward/forward.js';
import type { ForwardOptions } from '../remote/forward/plan-forward.js';
import type { PathHost } from '../remote/paths/path-host.js';
import type { PlatformPath } from '../remote/paths/platform-path.js';
import { makePath, type RemotePath } from '../remote/paths/remote-path.js';
import { flavourOf, type PathText } from '../remote/paths/route.js';
import { prepareExecute } from '../remote/process/execute.js';
import type { ExecuteOptions, ShellOptions, SpawnOptions } from '../remote/process/options.js';
import { RemoteProcess } from '../remote/process/remote-process.js';
import { prepareShell, type Shell } from '../remote/process/shell.js';
import type { Site } from '../remote/site.js';
import { ShellAccounts } from '../remote/system/account-names.js';
import type { RemoteOs, RunService } from '../remote/system/remote-os.js';
import { ShellOs } from '../remote/system/shell-os.js';
import type { TailOptions } from '../remote/tail/tail-options.js';
import type { Tailer } from '../remote/tail/tailer.js';
import type { TransferOptions } from '../remote/transfer/options.js';

/**
 * The states of a connection. `disconnected` may connect again; `closed` is final. `reconnecting`: its link was lost and is
 * being made again, attempt by attempt, also between two of them.
 */
export type ConnectionState = 'idle' | 'connecting' | 'connected' | 'reconnecting' | 'disconnected' | 'closed';

/** An attempt to make a lost link again, which is about to begin. */
export interface ReconnectAttempt {
  /** 1 for the first since the link last stood for long. */
  readonly attempt: number;
  /** How long it waits before that, in milliseconds. */
  readonly delay: number;
  /** Why it is made: how the link was lost, or how the attempt before failed. */
  readonly reason: HawserError;
}

/** Events of a connection. */
export interface ConnectionEvents {
  state: [state: ConnectionState];
  /** The link ended by itself, for `reason`. */
  lost: [reason: HawserError];
  /** The link is about to be made again. */
  reconnecting: [attempt: ReconnectAttempt];
  /** A lost link stands again. */
  reconnected: [{ readonly attempts: number }];
  /** The last service under way has ended. */
  idle: [];
}

// Whoever runs a command does not wait for SFTP, transfers and tails: they are loaded when they are first asked for.

/** What can be done on a machine, whatever leads to it: commands, files, paths, transfers. */
export abstract class ConnectionServices extends EventEmitter<{
  [E in keyof ConnectionEvents]: ConnectionEvents[E];
}> {
  /** The name in a fleet: the target's `key`, else its host. */
  readonly key: string;
  readonly host: string;
  readonly #files: FileHost;
  readonly #run: RunService = (work, o) => this.service(work, o);
  /** For what asks the machine for something, and changes nothing there. */
  readonly #ask: RunService = (work, o) => this.service(work, { signal: o.signal, repeatable: true });
  #fs: RemoteFs | undefined;
  #os: RemoteOs | undefined;
  #pathHost: PathHost | undefined;
  #directories: Directories | undefined;

  constructor({ key, host }: { readonly key: string; readonly host: string }) {
    super();
    this.key = key;
    this.host = host;
    this.#files = new FileHost({
      host,
      key,
      run: this.#run,
      open: (site, signal) => this.openFiles(site, signal),
    });
  }

  /** Runs a service: connects where that is needed, and counts the work. */
  protected abstract service<T>(work: (site: Site) => Promise<T>, o?: UseOptions): Promise<T>;

  /** Opens the machine's files over a link that stands: SFTP, where the server has it. */
  protected async openFiles(site: Site, signal: AbortSignal): Promise<FileDriver> {
    const { openFiles } = await import('../remote/files/open-files.js');
    return openFiles(site, signal);
  }

  /** Makes what tells of the machine's system: a script in its shell. */
  protected makeOs(run: RunService): RemoteOs {
    return new ShellOs(run);
  }

  /** Gives up the channel of files that nobody uses. */
  protected leaveFiles(): Promise<void> {
    return this.#files.leave();
  }

  /**
   * Whether each command has streams of its own, so that {@link spawn} works and any number run beside each other. A command
   * line that has only a prompt has none: there commands are for `execute` alone.
   */
  get hasStreams(): boolean {
    return true;
  }

  /** Runs a command and collects what it writes. See {@link prepareExecute} for what it returns and throws. */
  execute(command: Command, o: ExecuteOptions & { encoding: 'buffer' }): Promise<CommandResult<Buffer>>;
  execute(command: Command, o?: ExecuteOptions & { encoding?: BufferEncoding }): Promise<CommandResult>;
  execute(command: Command, o?: ExecuteOptions): Promise<CommandResult<string> | CommandResult<Buffer>>;
  async execute(command: Command, o: ExecuteOptions = {}): Promise<AnyCommandResult> {
    return this.service(prepareExecute(command, o), o);
  }

  /** Starts a command and gives its streams. It connects first where that is needed. */
  spawn(command: Command, o: SpawnOptions = {}): RemoteProcess {
    return new RemoteProcess((work, signal) => this.service(work, { signal }), this, command, o);
  }

  /** Opens the login shell, on a pseudo-terminal unless `pty` is `false`. */
  shell(o: ShellOptions = {}): Promise<Shell> {
    return new Promise((resolve, reject) => {
      const open = prepareShell(o);
      // The shell counts as work on this connection until it has ended.
      this.service(async (site) => {
        const shell = await open(site);
        resolve(shell);
        await shell.ended;
      }, o).catch(reject);
    });
  }

  /** The machine's files, as `node:fs/promises`. */
  get fs(): RemoteFs {
    this.#fs ??= new RemoteFs(this.files);
    return this.#fs;
  }

  /** The way to the machine's files for what is built on them; `fs` is made for people. */
  get files(): FileAccess {
    return this.#files;
  }

  /** The machine's system, as `node:os`, but asynchronous. */
  get os(): RemoteOs {
    this.#os ??= this.makeOs(this.#ask);
    return this.#os;
  }

  /**
   * The path functions that suit the machine, those of `node:path`: `posix` for whatever is reached over SSH, since a
   * server's files have such paths also where it runs on Windows (`/C:/Users`); this machine's own for itself.
   */
  get path(): PlatformPath {
    return posix;
  }

  /** A path on the machine: its text, and its files, as Python's pathlib has them. Throws `OptionError` for no text. */
  Path(...parts: readonly PathText[]): RemotePath {
    return makePath(this.#paths, parts);
  }

  get #paths(): PathHost {
    this.#pathHost ??= {
      flavour: flavourOf(this.path),
      fs: this.fs,
      accounts: new ShellAccounts(this.#ask),
      home: (user: string | undefined, o: Abortable) =>
        this.files.use(async ({ files }) => nameFromBytes(await files.home(user)), { ...o, repeatable: true }),
    };
    return this.#pathHost;
  }

  /**
   * A directory to work in, made with those above it where it is missing. It is remembered for as long as the link stands, or
   * until it turns out to be gone: who asks for it again sends nothing, and a hundred who ask at once make it once. Should it be
   * removed while it is worked in, it is made again: see {@link RemoteDirectory}.
   *
   * @throws OptionError for what cannot be meant; `FileError` where it cannot be made (`EEXIST`: it is a file; `EACCES`); what
   *   connecting throws; AbortError.
   *
   * @example
   * const run = await connection.directory('work/si-relax');
   * await run.upload('job.sh');
   * await run.execute('sbatch job.sh', { check: true });
   */
  async directory(path: PathText, o: DirectoryOptions = {}): Promise<RemoteDirectory> {
    const { Directories } = await import('../remote/directory/directories.js');
    this.#directories ??= new Directories({
      key: this.key,
      host: this.host,
      files: this.files,
      paths: this.#paths,
      execute: (command, options) => this.execute(command, options),
      spawn: (command, options) => this.spawn(command, options),
      run: this.#run,
    });
    return this.#directories.get(path, o);
  }

  /** Sends a file or a tree of this machine. `transfer` says where it goes, and what is thrown. */
  async upload(local: string, remote: string, o: TransferOptions = {}): Promise<TransferSummary> {
    const { upload } = await import('../remote/transfer/from-here.js');
    return upload(local, { access: this.files, path: remote }, o);
  }

  /** Fetches a file or a tree to this machine, as {@link upload} the other way round. */
  async download(remote: string, local: string, o: TransferOptions = {}): Promise<TransferSummary> {
    const { download } = await import('../remote/transfer/from-here.js');
    return download({ access: this.files, path: remote }, local, o);
  }

  /** Follows a file as it grows. `openTail` says what it survives, and what is thrown. */
  async tail(path: string, o: TailOptions = {}): Promise<Tailer> {
    const { openTail } = await import('../remote/tail/open-tail.js');
    return openTail(this.files, path, o);
  }

  /**
   * Forwards ports and Unix sockets, as `ssh -L`, `-R` and `-D`, until that is closed, its signal fires or the connection
   * ends; over a link that is made again (`reconnect`) it goes on. `parseForward` reads what those take.
   *
   * @throws OptionError for what cannot be meant; ChannelError where nothing can be listened on, or the server forbids it;
   *   what connecting throws; AbortError.
   */
  async forward(o: ForwardOptions): Promise<Forward> {
    const { openForward } = await import('../remote/forward/open-forward.js');
    return openForward(o, (work, use) => this.service(work, use));
  }
}
