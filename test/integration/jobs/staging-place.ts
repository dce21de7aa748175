import { chmod, mkdtemp, rm } from 'node:fs/promises';
import type { Connection } from '../../../src/connection/connection.js';
import { LocalConnection } from '../../../src/connection/local-connection.js';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import type { StagingPlace } from '../../../src/jobs/staging/staging-place.js';
import type { SshServer } from '../../rigs/ssh-server.js';
import { targetOf } from '../ssh/target.js';

/** Where jobs of a test are staged: this machine, or an ordinary account of a server. */
export class Grounds {
  readonly #server: SshServer | undefined;
  readonly #open: Connection[] = [];
  readonly #made: string[] = [];

  constructor(server: SshServer | undefined) {
    this.#server = server;
  }

  connect(): Connection {
    const connection =
      this.#server === undefined
        ? new LocalConnection({ target: { host: 'localhost', protocol: 'local' } })
        : new SshConnection({ target: targetOf(this.#server) });
    this.#open.push(connection);
    return connection;
  }

  /** A directory that everybody may write to. */
  async ground(): Promise<string> {
    const path = await mkdtemp('/tmp/hawser-staging-');
    await chmod(path, 0o777);
    this.#made.push(path);
    return path;
  }

  /** A job's directory in a new ground, or where `path` says, and its record. */
  async place({
    path,
    slug = 'relax-0123456789',
    connection = this.connect(),
  }: PlaceOptions = {}): Promise<StagingPlace> {
    const directory = await connection.directory(path ?? `${await this.ground()}/job`, { mode: 0o700 });
    return { connection, directory, record: `.hawser/${slug}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#open.splice(0).map((one) => one.close()));
    await Promise.all(this.#made.splice(0).map((path) => rm(path, { recursive: true, force: true })));
  }
}

interface PlaceOptions {
  readonly path?: string;
  readonly slug?: string;
  readonly connection?: Connection;
}
