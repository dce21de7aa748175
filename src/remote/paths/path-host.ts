import type { Abortable } from '../../core/abort.js';
import type { RemoteFs } from '../files/remote-fs.js';
import type { Flavour } from './route.js';

/** The names that a machine's accounts and groups have. */
export interface AccountNames {
  /** The account with a number. Throws `FileError` with `ENOSYS` where the machine cannot be asked, `ENOENT` where it has none. */
  userName(uid: number, o?: Abortable): Promise<string>;
  /** As {@link userName}, for a group. */
  groupName(gid: number, o?: Abortable): Promise<string>;
}

/** A machine, as the paths on it see it. */
export interface PathHost {
  readonly flavour: Flavour;
  readonly fs: RemoteFs;
  readonly accounts: AccountNames;
  /** The home directory, of the named user where one is given. */
  home(user: string | undefined, o: Abortable): Promise<string>;
}
