import type { Stats } from '../stats.js';
import { type FileSystem, readFileSystem } from './file-system.js';
import { Extension, Request, Status } from './protocol.js';
import type { SftpSession } from './sftp-session.js';

/** What is seen at a path: a file, or the status in place of one. */
export type Sight = Stats | number;

/**
 * Looks at files to find out why a call failed. Looks at the same path at the same time are one request: where a
 * thousand files are missing, their directory is looked at once.
 */
export class FileLook {
  readonly #session: SftpSession;
  readonly #extensions: ReadonlyMap<string, string>;
  readonly #looking = new Map<string, Promise<Sight>>();

  constructor(session: SftpSession, extensions: ReadonlyMap<string, string>) {
    this.#session = session;
    this.#extensions = extensions;
  }

  /** A link at the end is followed. */
  stat(path: Buffer): Promise<Sight> {
    return this.#look(Request.STAT, path);
  }

  /** A link at the end is itself. */
  lstat(path: Buffer): Promise<Sight> {
    return this.#look(Request.LSTAT, path);
  }

  /** Where a link leads; `undefined` where it cannot be read. */
  async target(path: Buffer): Promise<Buffer | undefined> {
    const answer = await this.#session.ask(Request.READLINK, [path], 'names');
    return answer.kind === 'names' ? answer.names[0]?.name : undefined;
  }

  /** Whether a directory has names in it. */
  async hasNames(path: Buffer): Promise<boolean> {
    const opened = await this.#session.ask(Request.OPENDIR, [path], 'handle');
    if (opened.kind === 'status') return false;
    const { handle } = opened;
    try {
      for (;;) {
        const answer = await this.#session.ask(Request.READDIR, [handle], 'names');
        if (answer.kind === 'status' || answer.names.length === 0) return false;
        if (answer.names.some(({ name }) => !['.', '..'].includes(name.toString('latin1')))) return true;
      }
    } finally {
      this.#session.ask(Request.CLOSE, [handle], 'status').catch(() => {});
    }
  }

  /** The file system that a path lies on; `undefined` where the server does not tell. */
  async fileSystem(path: Buffer): Promise<FileSystem | undefined> {
    if (!this.#extensions.has(Extension.STATVFS)) return undefined;
    const answer = await this.#session.ask(Request.EXTENDED, [Buffer.from(Extension.STATVFS), path], 'extended');
    if (answer.kind === 'status') return undefined;
    return this.#session.parsed(() => readFileSystem(answer.fields));
  }

  #look(type: number, path: Buffer): Promise<Sight> {
    const key = `${type} ${path.toString('latin1')}`;
    const known = this.#looking.get(key);
    if (known !== undefined) return known;
    const look = this.#session
      .ask(type, [path], 'stats')
      .then((answer) => (answer.kind === 'stats' ? answer.stats : answer.status || Status.FAILURE))
      .finally(() => this.#looking.delete(key));
    this.#looking.set(key, look);
    return look;
  }
}
