import type { Connection } from '../../connection/connection.js';
import type { RemoteDirectory } from '../../remote/directory/remote-directory.js';

/** Where the files of a job are on its machine. */
export interface StagingPlace {
  /** The way to the machine; borrowed. */
  readonly connection: Connection;
  /** The job's directory, as the connection's `directory` gave it. */
  readonly directory: RemoteDirectory;
  /** The job's record, from its directory on, such as `.hawser/relax-0123456789`. */
  readonly record: string;
}
