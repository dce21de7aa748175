import type { CpuInfo, UserInfo } from 'node:os';
import type { Abortable } from '../../core/abort.js';
import type { Site } from '../site.js';

/** Runs work on a connection's link: it connects first where that is needed, and counts what is under way. */
export type RunService = <T>(work: (site: Site) => Promise<T>, o: Abortable) => Promise<T>;

/**
 * What `node:os` tells of a machine, asked of the machine of a connection: the same names, shapes and units, but that
 * every call is asynchronous. What cannot change while the machine runs is asked once for each link.
 *
 * Calls fail with `CommandError` where the machine has no POSIX shell to ask, with `HawserError` (`ERR_HAWSER_SYSTEM`)
 * where it does not tell this, and with the error that ended the link.
 */
export interface RemoteOs {
  /** The kernel, by Node's name: `'linux'`, `'darwin'`, `'freebsd'`, … */
  platform(o?: Abortable): Promise<NodeJS.Platform>;
  /** The kernel, by its own name: `'Linux'`, `'Darwin'`, … */
  type(o?: Abortable): Promise<string>;
  /** The version of the kernel. */
  release(o?: Abortable): Promise<string>;
  /** The build of the kernel, in its own words. */
  version(o?: Abortable): Promise<string>;
  /** The kind of processor, by Node's name: `'x64'`, `'arm64'`, … */
  arch(o?: Abortable): Promise<string>;
  /** The kind of processor, by the kernel's name: `'x86_64'`, `'aarch64'`, … */
  machine(o?: Abortable): Promise<string>;
  /** The order of the bytes of a number: `'LE'`, the least significant first, or `'BE'`. */
  endianness(o?: Abortable): Promise<'BE' | 'LE'>;
  hostname(o?: Abortable): Promise<string>;
  /** `$HOME` of the session, else what the account database says. */
  homedir(o?: Abortable): Promise<string>;
  /** `$TMPDIR`, `$TMP` or `$TEMP` of the session, else `/tmp`. */
  tmpdir(o?: Abortable): Promise<string>;
  /** The account that commands run as, from the account database. */
  userInfo(o?: Abortable): Promise<UserInfo<string>>;
  /**
   * Each processor, with what it has spent its time on, in milliseconds. `speed` is in MHz, 0 where it is not told; times
   * are 0 on systems that do not tell them to programs (macOS).
   */
  cpus(o?: Abortable): Promise<CpuInfo[]>;
  /** How many programs may well run at once. */
  availableParallelism(o?: Abortable): Promise<number>;
  /** In bytes. */
  totalmem(o?: Abortable): Promise<number>;
  /** What programs could have without swapping, in bytes. Asked each time. */
  freemem(o?: Abortable): Promise<number>;
  /** Seconds since the machine started. Asked each time. */
  uptime(o?: Abortable): Promise<number>;
  /** The load over 1, 5 and 15 minutes. Asked each time. */
  loadavg(o?: Abortable): Promise<number[]>;
}
