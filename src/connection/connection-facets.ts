import type { FileAccess } from '../remote/files/file-access.js';
import { RemoteFs } from '../remote/files/remote-fs.js';
import type { RemoteOs } from '../remote/system/remote-os.js';

/** What {@link ConnectionFacets} are made from. */
export interface FacetSources {
  readonly files: FileAccess;
  /** Makes what tells of the machine's system. */
  makeOs(): RemoteOs;
}

/** What a connection offers besides commands, each made when it is first asked for. */
export class ConnectionFacets {
  readonly #from: FacetSources;
  #fs: RemoteFs | undefined;
  #os: RemoteOs | undefined;

  constructor(from: FacetSources) {
    this.#from = from;
  }

  get fs(): RemoteFs {
    this.#fs ??= new RemoteFs(this.#from.files);
    return this.#fs;
  }

  get os(): RemoteOs {
    this.#os ??= this.#from.makeOs();
    return this.#os;
  }
}
