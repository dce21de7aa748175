import type { CpuInfo, UserInfo } from 'node:os';
import type { Connection } from '../connection/connection.js';
import type { Abortable } from '../core/abort.js';
import type { RemoteOs } from '../remote/system/remote-os.js';

/** Runs work on a free worker. */
export type UseWorker = <T>(work: (worker: Connection) => Promise<T>, o: Abortable) => Promise<T>;

/** The system of a machine that is reached over a pool: each call goes to a free worker. */
export class PoolOs implements RemoteOs {
  readonly #use: UseWorker;

  constructor(use: UseWorker) {
    this.#use = use;
  }

  platform(o: Abortable = {}): Promise<NodeJS.Platform> {
    return this.#use(({ os }) => os.platform(o), o);
  }

  type(o: Abortable = {}): Promise<string> {
    return this.#use(({ os }) => os.type(o), o);
  }

  release(o: Abortable = {}): Promise<string> {
    return this.#use(({ os }) => os.release(o), o);
  }

  version(o: Abortable = {}): Promise<string> {
    return this.#use(({ os }) => os.version(o), o);
  }

  arch(o: Abortable = {}): Promise<string> {
    return this.#use(({ os }) => os.arch(o), o);
  }

  machine(o: Abortable = {}): Promise<string> {
    return this.#use(({ os }) => os.machine(o), o);
  }

  endianness(o: Abortable = {}): Promise<'BE' | 'LE'> {
    return this.#use(({ os }) => os.endianness(o), o);
  }

  hostname(o: Abortable = {}): Promise<string> {
    return this.#use(({ os }) => os.hostname(o), o);
  }

  homedir(o: Abortable = {}): Promise<string> {
    return this.#use(({ os }) => os.homedir(o), o);
  }

  tmpdir(o: Abortable = {}): Promise<string> {
    return this.#use(({ os }) => os.tmpdir(o), o);
  }

  userInfo(o: Abortable = {}): Promise<UserInfo<string>> {
    return this.#use(({ os }) => os.userInfo(o), o);
  }

  cpus(o: Abortable = {}): Promise<CpuInfo[]> {
    return this.#use(({ os }) => os.cpus(o), o);
  }

  availableParallelism(o: Abortable = {}): Promise<number> {
    return this.#use(({ os }) => os.availableParallelism(o), o);
  }

  totalmem(o: Abortable = {}): Promise<number> {
    return this.#use(({ os }) => os.totalmem(o), o);
  }

  freemem(o: Abortable = {}): Promise<number> {
    return this.#use(({ os }) => os.freemem(o), o);
  }

  uptime(o: Abortable = {}): Promise<number> {
    return this.#use(({ os }) => os.uptime(o), o);
  }

  loadavg(o: Abortable = {}): Promise<number[]> {
    return this.#use(({ os }) => os.loadavg(o), o);
  }
}
