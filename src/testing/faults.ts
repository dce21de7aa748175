import { OptionError } from '../core/hawser-error.js';

/**
 * How a test host meets a connection.
 *
 * - `serve`: as an SSH server.
 * - `reset`: accepts, then resets (`ECONNRESET`); `close`: accepts, then closes without a byte.
 * - `silent`: accepts, then never says anything.
 * - `garbage`: lines without end, and never the banner (RFC 4253 §4.2 lets a server send lines first).
 * - `http`: answers as a web server does that was asked something strange.
 * - `throttled`: `Exceeded MaxStartups` and the end, as sshd past `MaxStartups` (sshd_config(5)).
 * - `penalised`: `Not allowed at this time` and the end, as sshd with `PerSourcePenalties`.
 */
export type Meeting = 'serve' | 'reset' | 'close' | 'silent' | 'garbage' | 'http' | 'throttled' | 'penalised';

/** How a test host meets a request of SFTP: it answers, or says nothing to it and to whatever comes after it. */
export type SftpMeeting = 'serve' | 'hang';

/**
 * What goes wrong on a test host. Each switch may be changed while the host runs: it counts from the next time that it
 * is looked at, which is when a connection, a channel or a request comes in, unless it says otherwise.
 *
 * What happens to open connections at once is a method of the host: `cut`, `stall`, `unstall`.
 */
export interface Faults {
  /** How the next connections are met; a function is given the ordinal number of the connection, from 1. */
  onConnect: Meeting | ((connection: number) => Meeting);
  /** Text that is sent before the banner, one or more whole lines; clients must pass over it (RFC 4253 §4.2). */
  preamble: string;
  /** Milliseconds between accepting a connection and the banner. */
  bannerDelay: number;
  /** Milliseconds before each answer to an authentication request. */
  authDelay: number;
  /** Milliseconds before a command, shell or subsystem is accepted. */
  execDelay: number;
  /** Connections that may be unauthenticated at once; those past it are met as `throttled`. sshd begins at 10. */
  maxStartups: number;
  /** Refuse every credential, the right ones too. */
  refuseAuth: boolean;
  /** Sessions that a connection may have open; one more is refused with reason 2, as sshd past `MaxSessions`. */
  maxSessions: number;
  refuseExec: boolean;
  refuseShell: boolean;
  refuseSubsystem: boolean;
  refusePty: boolean;
  /** Refuse `env` requests, as sshd does for names that `AcceptEnv` does not list. */
  refuseEnv: boolean;
  /** Refuse streams to other machines (`direct-tcpip`), as sshd with `AllowTcpForwarding no`. */
  refuseDial: boolean;
  /** Take `signal` requests and do nothing, as sshd for root. */
  ignoreSignals: boolean;
  /** Close the connection after so many bytes of a command's output (stdout and stderr together). */
  dropAfterBytes: number | undefined;
  /** Close the channel of a finished command without saying how it ended; RFC 4254 §6.10 allows it. */
  omitExitStatus: boolean;
  /** Report the end of a command and never close its channel. */
  swallowClose: boolean;
  /** Offer none of OpenSSH's extensions of SFTP. */
  noSftpExtensions: boolean;
  /** Bytes that one SFTP read gives at most, however many were asked for. */
  sftpReadLimit: number;
  /**
   * How requests of SFTP are met; a function is given the name of the request as in draft-ietf-secsh-filexfer-02 §3,
   * without its prefix and in lower case: `'init'`, `'open'`, `'close'`, …
   */
  onSftp: SftpMeeting | ((request: string) => SftpMeeting);
}

/** A host without faults, with sshd's default limits. */
const NO_FAULTS: Readonly<Faults> = Object.freeze({
  onConnect: 'serve',
  preamble: '',
  bannerDelay: 0,
  authDelay: 0,
  execDelay: 0,
  maxStartups: Number.POSITIVE_INFINITY,
  refuseAuth: false,
  maxSessions: 10,
  refuseExec: false,
  refuseShell: false,
  refuseSubsystem: false,
  refusePty: false,
  refuseEnv: false,
  refuseDial: false,
  ignoreSignals: false,
  dropAfterBytes: undefined,
  omitExitStatus: false,
  swallowClose: false,
  noSftpExtensions: false,
  sftpReadLimit: 255 * 1024,
  onSftp: 'serve',
});

/** The switches of one host. A name that is none of them is an {@link OptionError}: a misspelt fault tests nothing. */
export function makeFaults(given: Partial<Faults> = {}): Faults {
  for (const name of Object.keys(given)) {
    if (!(name in NO_FAULTS)) {
      throw new OptionError(
        `Expected the \`faults\` option to name faults, got \`${name}\`: the faults are ${Object.keys(NO_FAULTS).join(', ')}.`,
      );
    }
  }
  return Object.seal({ ...NO_FAULTS, ...given });
}
