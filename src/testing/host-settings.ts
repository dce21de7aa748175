import type { TestCredentials } from './credentials.js';
import type { Faults } from './faults.js';
import type { HostLog } from './host-log.js';

/** How SFTP paths of a test host are read; see `TestHostOptions.sftpPaths`. */
export type SftpPaths = 'private' | 'real';

/** What the connections of one test host share. */
export interface HostSettings {
  readonly name: string;
  /** The private home, with all links resolved. */
  readonly directory: string;
  /** The text of the private host key. */
  readonly hostKey: string;
  readonly credentials: TestCredentials;
  readonly faults: Faults;
  readonly log: HostLog;
  /** The environment of everything that the host runs. */
  readonly environment: Readonly<Record<string, string>>;
  readonly sftpPaths: SftpPaths;
  /** What follows `SSH-2.0-` in the banner. */
  readonly ident: string;
  /** Shown before authentication (RFC 4252 §5.4). */
  readonly authBanner: string | undefined;
  /** Whether there is a program that gives commands a terminal. */
  readonly terminals: boolean;
}
