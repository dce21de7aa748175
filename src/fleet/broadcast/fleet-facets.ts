import type { PathText } from '../../remote/paths/route.js';
import { type FleetFs, fleetFs } from './fleet-fs.js';
import { type FleetOs, fleetOs } from './fleet-os.js';
import { type FleetPath, fleetPath } from './fleet-path.js';
import type { EachHost } from './make-broadcast.js';

/** What a fleet offers of its machines beside commands, each made when it is first asked for. */
export class FleetFacets {
  readonly #each: EachHost;
  #fs: FleetFs | undefined;
  #os: FleetOs | undefined;

  constructor(each: EachHost) {
    this.#each = each;
  }

  get fs(): FleetFs {
    this.#fs ??= fleetFs(this.#each);
    return this.#fs;
  }

  get os(): FleetOs {
    this.#os ??= fleetOs(this.#each);
    return this.#os;
  }

  path(parts: readonly PathText[]): FleetPath {
    return fleetPath(this.#each, parts);
  }
}
