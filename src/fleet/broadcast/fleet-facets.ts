import type { PathText } from '../../remote/paths/route.js';
import { type FleetFs, fleetFs } from './fleet-fs.js';
import { type FleetOs, fleetOs } from './fleet-os.js';
import { type FleetPath, fleetPath } from './fleet-path.js';
import type { EachHost } from './make-broadcast.js';

/** The files, systems and paths of a fleet's hosts: each call of one connection's, made on every host. */
export class FleetFacets {
  readonly #each: EachHost;
  #fs: FleetFs | undefined;
  #os: FleetOs | undefined;

  constructor(each: EachHost) {
    this.#each = each;
  }

  /** Each call of a connection's `fs`, with each host's result. */
  get fs(): FleetFs {
    this.#fs ??= fleetFs(this.#each);
    return this.#fs;
  }

  /** Each call of a connection's `os`, with each host's result. */
  get os(): FleetOs {
    this.#os ??= fleetOs(this.#each);
    return this.#os;
  }

  /** A path on every host: its text is one, its calls on files go to each. Throws `OptionError` for no text. */
  Path(...parts: readonly PathText[]): FleetPath {
    return fleetPath(this.#each, parts);
  }
}
