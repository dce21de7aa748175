import type { RemoteOs } from '../../remote/system/remote-os.js';
import type { Broadcast } from './broadcast.js';
import { type EachHost, makeBroadcast, type OptionPlaces } from './make-broadcast.js';

/** The system of every host, with the calls of a connection's `os`. */
export type FleetOs = Broadcast<RemoteOs>;

const PLACES: OptionPlaces<RemoteOs> = {
  arch: 0,
  availableParallelism: 0,
  cpus: 0,
  endianness: 0,
  freemem: 0,
  homedir: 0,
  hostname: 0,
  loadavg: 0,
  machine: 0,
  platform: 0,
  release: 0,
  tmpdir: 0,
  totalmem: 0,
  type: 0,
  uptime: 0,
  userInfo: 0,
  version: 0,
};

/** The system of every host that `each` goes to. */
export function fleetOs(each: EachHost): FleetOs {
  return makeBroadcast<RemoteOs>(each, ({ os }) => os, PLACES);
}
