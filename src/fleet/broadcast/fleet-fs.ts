import { constants } from 'node:fs';
import { OptionError } from '../../core/hawser-error.js';
import type { RemoteFs } from '../../remote/files/remote-fs.js';
import type { Broadcast } from './broadcast.js';
import { type EachHost, makeBroadcast, type OptionPlaces } from './make-broadcast.js';

/**
 * The files of every host, with the calls of a connection's `fs`. A walk or a glob gives all that it finds. There are no
 * streams: read and write whole files, or use the fleet's transfers.
 *
 * @example
 * for await (const { key, value } of mc.fs.stat('/etc/hostname')) console.log(key, value?.size);
 */
export type FleetFs = Broadcast<RemoteFs>;

type FsCalls = Omit<RemoteFs, 'constants'>;

const PLACES: OptionPlaces<FsCalls> = {
  access: 2,
  appendFile: 2,
  chmod: 2,
  chown: 3,
  copyFile: 3,
  cp: 2,
  exists: 1,
  glob: 1,
  hash: 2,
  isDirectory: 1,
  isFile: 1,
  isSymbolicLink: 1,
  lchmod: 2,
  lchown: 3,
  link: 2,
  lstat: 1,
  lutimes: 3,
  mkdir: 1,
  mkdtemp: 1,
  open: 3,
  opendir: 1,
  readFile: 1,
  readdir: 1,
  readlink: 1,
  realpath: 1,
  rename: 2,
  rm: 1,
  rmdir: 1,
  stat: 1,
  statfs: 1,
  symlink: 3,
  truncate: 2,
  unlink: 1,
  utimes: 3,
  walk: 1,
  writeFile: 2,
};

/** What programs in plain JavaScript may look for all the same. */
const WITHOUT = ['createReadStream', 'createWriteStream', 'watch'] as const;

/** The files of every host that `each` goes to. */
export function fleetFs(each: EachHost): FleetFs {
  const calls = makeBroadcast<FsCalls>(each, ({ fs }) => fs, PLACES);
  const without = WITHOUT.map((name) => [
    name,
    (): never => {
      throw new OptionError(
        `Expected a call that a fleet has, got \`fs.${name}\`: use \`each\` for one stream a host.`,
      );
    },
  ]);
  return Object.assign(calls, Object.fromEntries(without), { constants });
}
