import type { Abortable } from '../../core/abort.js';
import type { CommandResult } from '../../core/command-result.js';
import type { Command } from '../../core/quote.js';
import type { FileAccess, UseOptions } from '../files/file-access.js';
import type { PathHost } from '../paths/path-host.js';
import type { ExecuteOptions, SpawnOptions } from '../process/options.js';
import type { RemoteProcess } from '../process/remote-process.js';
import type { Site } from '../site.js';

/** Options of a connection's `directory`. */
export interface DirectoryOptions extends Abortable {
  /** Permissions of what is made, from 0 to 0o777, less the machine's umask; what is there keeps its own. Default 0o777. */
  readonly mode?: number;
}

/** What directories need of the connection that they are on. */
export interface DirectoryHost {
  readonly key: string;
  readonly host: string;
  readonly files: FileAccess;
  readonly paths: PathHost;
  execute(command: Command, o: ExecuteOptions): Promise<CommandResult<string> | CommandResult<Buffer>>;
  spawn(command: Command, o: SpawnOptions): RemoteProcess;
  /** Runs a service: connects where that is needed, and counts the work. */
  run<T>(work: (site: Site) => Promise<T>, o: UseOptions): Promise<T>;
}
