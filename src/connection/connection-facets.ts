import type { FileAccess } from '../remote/files/file-access.js';
import { RemoteFs } from '../remote/files/remote-fs.js';

/** What a connection offers besides commands, each made when it is first asked for. */
export class ConnectionFacets {
  readonly #files: FileAccess;
  #fs: RemoteFs | undefined;

  constructor(files: FileAccess) {
    this.#files = files;
  }

  get fs(): RemoteFs {
    this.#fs ??= new RemoteFs(this.#files);
    return this.#fs;
  }
}
