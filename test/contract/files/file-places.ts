import { execFileSync } from 'node:child_process';
import { lchown, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import type { Target } from '../../../src/inventory/target.js';
import type { RemoteFs } from '../../../src/remote/files/remote-fs.js';
import {
  asRoot,
  asUser,
  brokered,
  dropbear,
  embedded,
  local,
  openSsh,
  over,
  type Place,
  type Plan,
  systemSsh,
} from '../places.js';

/** OpenSSH with its server of SFTP in a process of its own, as most systems have it. */
export const asUserWithServer: Plan = openSsh('OpenSSH with sftp-server', undefined, {
  Subsystem: 'sftp /usr/lib/openssh/sftp-server',
});
/** A server that refuses the subsystem: files go through the shell. */
export const withoutSftp: Plan = openSsh('OpenSSH without SFTP', undefined, { Subsystem: 'none /bin/false' });

/** Every way to files that can do everything. */
export const machines: readonly Plan[] = [
  local,
  asUser,
  asRoot,
  asUserWithServer,
  dropbear,
  embedded,
  systemSsh,
  brokered,
];

/** A directory of the machine, and the same as this process sees it: every server of the tests runs here. */
export interface Ground {
  /** As the machine names it. */
  readonly there: string;
  /** As node:fs names it. */
  readonly here: string;
}

/** A place with files, as a suite sees it. */
export interface FilePlace {
  readonly name: string;
  /** Whether nothing is forbidden there. */
  readonly isRoot: boolean;
  readonly isLocal: boolean;
  readonly isEmbedded: boolean;
  readonly isDropbear: boolean;
  /** The connection that all tests of the file share, open. */
  shared(): Promise<Connection>;
  /** The files of the shared connection. */
  fs(): Promise<RemoteFs>;
  /** A new connection, closed after the test. */
  fresh(o?: Partial<Target>): Connection;
  /** A new, empty directory that belongs to whoever logs in; it goes after the test. */
  ground(): Promise<Ground>;
  /** A new, empty directory of this process; it goes after the test. */
  mine(): Promise<string>;
  /** Gives files that this process made to whoever logs in, links themselves and all that is below directories. */
  give(...paths: readonly (string | Buffer)[]): Promise<void>;
}

/** Runs a suite over places with files, by default over all that can do everything. */
export function overFiles(suite: (place: FilePlace) => void, plans: readonly Plan[] = machines): void {
  over(plans, (place) => suite(filePlaceOf(place)));
}

/** A user of this machine. */
interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** The accounts of the rigs are the same for all servers. */
const rigUser = 'hawser-test1';

function filePlaceOf(place: Place): FilePlace {
  const isLocal = place.name === 'local';
  const made: string[] = [];
  /** The embedded host's directory, which is its `/`. */
  let root: Promise<string> | undefined;
  let owner: Owner | undefined;
  const findRoot = async (): Promise<string> => {
    if (!place.isEmbedded) return '';
    return (await (await place.shared()).execute('pwd')).stdout.trim();
  };
  const whose = (): Owner | undefined => {
    if (isLocal || place.isEmbedded || place.isRoot) return undefined;
    owner ??= { uid: numberOf('-u'), gid: numberOf('-g') };
    return owner;
  };
  const give = async (...paths: readonly (string | Buffer)[]): Promise<void> => {
    const to = whose();
    if (to !== undefined) for (const path of paths) await giveTree(Buffer.from(path), to);
  };
  afterEach(async () => {
    await Promise.all(made.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
  });
  afterAll(async () => {
    await Promise.all(made.map((directory) => rm(directory, { recursive: true, force: true })));
  });
  return {
    name: place.name,
    isRoot: isLocal || place.isEmbedded ? process.getuid?.() === 0 : place.isRoot,
    isLocal,
    isEmbedded: place.isEmbedded,
    isDropbear: place.isDropbear,
    shared: () => place.shared(),
    fs: async () => (await place.shared()).fs,
    fresh: (o) => place.fresh(o),
    ground: async () => {
      root ??= findRoot();
      const top = await root;
      const here = await mkdtemp(join(top === '' ? await realpath(tmpdir()) : top, 'hawser-files-'));
      made.push(here);
      await give(here);
      return { there: here.slice(top.length), here };
    },
    mine: async () => {
      const directory = await mkdtemp(join(await realpath(tmpdir()), 'hawser-mine-'));
      made.push(directory);
      return directory;
    },
    give,
  };
}

function numberOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, rigUser], { encoding: 'utf8' }));
}

async function giveTree(path: Buffer, owner: Owner): Promise<void> {
  await lchown(path, owner.uid, owner.gid);
  const names = await readdir(path, { encoding: 'buffer' }).catch(() => []);
  for (const name of names) await giveTree(Buffer.concat([path, Buffer.from('/'), name]), owner);
}

/** What {@link plant} makes: text or bytes for a file, `null` for an empty directory, `{ link }` for a link. */
export type Plants = Readonly<Record<string, string | Uint8Array | null | { readonly link: string }>>;

/** Makes files below a directory with node:fs, and the directories that they need. */
export async function plant(directory: string, plants: Plants): Promise<void> {
  for (const [name, content] of Object.entries(plants)) {
    const path = join(directory, name);
    await mkdir(content === null ? path : dirname(path), { recursive: true });
    if (content === null) continue;
    if (typeof content === 'object' && 'link' in content) await symlink(content.link, path);
    else await writeFile(path, content);
  }
}
