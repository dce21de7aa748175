import { posix } from 'node:path';
import { PurePath } from '../../remote/paths/pure-path.js';
import type { RemotePath } from '../../remote/paths/remote-path.js';
import { flavourOf, type PathText, pathRoute, type Route } from '../../remote/paths/route.js';
import type { Broadcast } from './broadcast.js';
import { type EachHost, makeBroadcast, type OptionPlaces } from './make-broadcast.js';

/** What a path asks of its machine. */
type PathCalls = Omit<RemotePath, keyof PurePath<RemotePath>>;

/**
 * A path on every host of a fleet: what can be told of its text is told once, and each call on files is made on every
 * host. Listings give all that they find.
 *
 * @example
 * const { succeeded } = await mc.Path('/etc').join('hostname').readText();
 */
export type FleetPath = FleetPathText & Broadcast<PathCalls>;

const FLAVOUR = flavourOf(posix);

const PLACES: OptionPlaces<PathCalls> = {
  absolute: 0,
  appendText: 1,
  chmod: 1,
  exists: 0,
  expandUser: 0,
  glob: 1,
  group: 0,
  hardlinkTo: 1,
  isDirectory: 0,
  isFile: 0,
  isSymbolicLink: 0,
  iterdir: 0,
  lstat: 0,
  mkdir: 0,
  open: 2,
  owner: 0,
  readBytes: 0,
  readText: 0,
  readlink: 0,
  rename: 1,
  replace: 1,
  resolve: 0,
  rglob: 1,
  rm: 0,
  rmdir: 0,
  samefile: 1,
  stat: 0,
  symlinkTo: 1,
  touch: 0,
  unlink: 0,
  walk: 0,
  writeBytes: 1,
  writeText: 1,
};

/** The text of a path that many hosts have, with the calls that go to them. */
export class FleetPathText extends PurePath<FleetPath> {
  readonly #each: EachHost;

  /** Made by a fleet's `Path`. */
  constructor(each: EachHost, route: Route) {
    super(FLAVOUR, route);
    this.#each = each;
  }

  protected make(route: Route): FleetPath {
    return withCalls(this.#each, route);
  }
}

/** A path on every host that `each` goes to. Throws `OptionError` for what is no text. */
export function fleetPath(each: EachHost, parts: readonly PathText[]): FleetPath {
  return withCalls(each, pathRoute(FLAVOUR, parts));
}

function withCalls(each: EachHost, route: Route): FleetPath {
  const path = new FleetPathText(each, route);
  const calls = makeBroadcast<PathCalls>(each, (connection) => connection.Path(String(path)), PLACES);
  return Object.assign(path, calls);
}
