import type { Abortable } from '../../core/abort.js';
import type { Site } from '../site.js';
import type { FileDriver } from './file-driver.js';

/** What work on files is given. */
export interface FileScope {
  readonly files: FileDriver;
  /** The link that the files are reached over, for work that wants a command or one more channel besides. */
  readonly site: Site;
}

/** Options of {@link FileAccess.use}. */
export interface UseOptions extends Abortable {
  /**
   * Whether the connection's lock is held meanwhile, where its target is `threadSafe`. Default `true`; work that lasts
   * as long as something is open (a handle, a tail) says `false`.
   */
  readonly exclusive?: boolean;
  /**
   * Whether the work changes nothing on the machine, so that it may be done again, from its beginning, over a new link where
   * the old one was lost under it. That is done where the connection has `reconnect`, some times; a function is asked each
   * time, for work that comes farther with each link. Default `false`.
   */
  readonly repeatable?: boolean | (() => boolean);
}

/** The way from the facets to a connection's files: it connects where that is needed, and counts what is under way. */
export interface FileAccess {
  readonly host: string;
  readonly key: string;
  /** Runs work with the files of the machine. The signal ends the wait for them; the work heeds it by itself. */
  use<T>(work: (scope: FileScope) => Promise<T>, o?: UseOptions): Promise<T>;
  /**
   * As {@link use}, with a driver of its own on one more channel, which is closed when the work has settled: what a
   * transfer over a long link needs. Throws as `use` does, and `ChannelError` where the server has no room.
   */
  useAnother<T>(work: (scope: FileScope) => Promise<T>, o?: UseOptions): Promise<T>;
}
