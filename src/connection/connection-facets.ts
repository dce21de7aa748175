import type { FileAccess } from '../remote/files/file-access.js';
import { nameFromBytes } from '../remote/files/names.js';
import { RemoteFs } from '../remote/files/remote-fs.js';
import type { PathHost } from '../remote/paths/path-host.js';
import type { PlatformPath } from '../remote/paths/platform-path.js';
import { flavourOf } from '../remote/paths/route.js';
import { ShellAccounts } from '../remote/system/account-names.js';
import type { RemoteOs, RunService } from '../remote/system/remote-os.js';

/** What {@link ConnectionFacets} are made from. */
export interface FacetSources {
  readonly files: FileAccess;
  /** Runs a service on the connection. */
  readonly run: RunService;
  /** Makes what tells of the machine's system. */
  makeOs(run: RunService): RemoteOs;
  /** The path functions that suit the machine. */
  readonly path: () => PlatformPath;
}

/** What a connection offers besides commands, each made when it is first asked for. */
export class ConnectionFacets {
  readonly #from: FacetSources;
  #fs: RemoteFs | undefined;
  #os: RemoteOs | undefined;
  #pathHost: PathHost | undefined;

  constructor(from: FacetSources) {
    this.#from = from;
  }

  get fs(): RemoteFs {
    this.#fs ??= new RemoteFs(this.#from.files);
    return this.#fs;
  }

  get os(): RemoteOs {
    this.#os ??= this.#from.makeOs(this.#from.run);
    return this.#os;
  }

  /** What the path objects of this machine work with. */
  get pathHost(): PathHost {
    const { files, run, path } = this.#from;
    this.#pathHost ??= {
      flavour: flavourOf(path()),
      fs: this.fs,
      accounts: new ShellAccounts(run),
      home: async (user, o) => nameFromBytes(await files.use((scope) => scope.files.home(user), o)),
    };
    return this.#pathHost;
  }
}
