import { constants } from 'node:fs';
import { OpenFlag } from './protocol.js';

/** How open(2)'s flags are said in SFTP, and what has to be looked at besides. */
export interface OpenPlan {
  /** `SSH_FXF_*`. */
  readonly flags: number;
  /** The file has to be a directory (`O_DIRECTORY`). */
  readonly directory: boolean;
  /** The path's last part must be no link (`O_NOFOLLOW`). */
  readonly noFollow: boolean;
}

/** Why flags cannot be had. */
export interface ImpossibleFlags {
  readonly code: 'EINVAL' | 'ENOTSUP';
  readonly detail: string;
}

const ACCESS = constants.O_RDONLY | constants.O_WRONLY | constants.O_RDWR;

/** These change how it is done, not what: a server that is not told of them does no wrong. Some systems have not all. */
const HINTS =
  optional('O_NOATIME') | optional('O_NOCTTY') | optional('O_NONBLOCK') | optional('O_DIRECT') | optional('O_CLOEXEC');

const SYNCHRONOUS = optional('O_SYNC') | optional('O_DSYNC');

/** O_LARGEFILE of Linux, which Node's `constants` do not name. */
const LARGE = 0o100000;

/** Plans an open with flags as of `fs.constants`. */
export function planOpen(flags: number): OpenPlan | ImpossibleFlags {
  const access = flags & ACCESS;
  if (access === ACCESS) return { code: 'EINVAL', detail: 'neither read, write nor both' };
  if (flags & SYNCHRONOUS) {
    return { code: 'ENOTSUP', detail: 'SFTP cannot open a file for synchronous writing; call sync() after writing' };
  }
  const known =
    ACCESS |
    HINTS |
    LARGE |
    constants.O_CREAT |
    constants.O_EXCL |
    constants.O_TRUNC |
    constants.O_APPEND |
    constants.O_DIRECTORY |
    constants.O_NOFOLLOW;
  if (flags & ~known) return { code: 'EINVAL', detail: `flags 0x${(flags & ~known).toString(16)} are not known` };
  const create = (flags & constants.O_CREAT) !== 0;
  return {
    flags:
      (access === constants.O_WRONLY ? 0 : OpenFlag.READ) |
      (access === constants.O_RDONLY ? 0 : OpenFlag.WRITE) |
      (create ? OpenFlag.CREATE : 0) |
      (create && flags & constants.O_EXCL ? OpenFlag.EXCLUSIVE : 0) |
      (flags & constants.O_TRUNC ? OpenFlag.TRUNCATE : 0) |
      (flags & constants.O_APPEND ? OpenFlag.APPEND : 0),
    directory: (flags & constants.O_DIRECTORY) !== 0,
    noFollow: (flags & constants.O_NOFOLLOW) !== 0,
  };
}

function optional(name: string): number {
  const value: unknown = Reflect.get(constants, name);
  return typeof value === 'number' ? value : 0;
}
