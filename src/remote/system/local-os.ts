import os, { type CpuInfo, type UserInfo } from 'node:os';
import { type Abortable, throwIfAborted } from '../../core/abort.js';
import type { RemoteOs, RunService } from './remote-os.js';

/** What this machine tells of itself: `node:os`, with the manners of a connection (it has to be open, or opens). */
export class LocalOs implements RemoteOs {
  readonly #run: RunService;

  constructor(run: RunService) {
    this.#run = run;
  }

  platform(o: Abortable = {}): Promise<NodeJS.Platform> {
    return this.#tell(os.platform, o);
  }

  type(o: Abortable = {}): Promise<string> {
    return this.#tell(os.type, o);
  }

  release(o: Abortable = {}): Promise<string> {
    return this.#tell(os.release, o);
  }

  version(o: Abortable = {}): Promise<string> {
    return this.#tell(os.version, o);
  }

  arch(o: Abortable = {}): Promise<string> {
    return this.#tell(os.arch, o);
  }

  machine(o: Abortable = {}): Promise<string> {
    return this.#tell(os.machine, o);
  }

  endianness(o: Abortable = {}): Promise<'BE' | 'LE'> {
    return this.#tell(os.endianness, o);
  }

  hostname(o: Abortable = {}): Promise<string> {
    return this.#tell(os.hostname, o);
  }

  homedir(o: Abortable = {}): Promise<string> {
    return this.#tell(os.homedir, o);
  }

  tmpdir(o: Abortable = {}): Promise<string> {
    return this.#tell(os.tmpdir, o);
  }

  userInfo(o: Abortable = {}): Promise<UserInfo<string>> {
    return this.#tell(() => os.userInfo(), o);
  }

  cpus(o: Abortable = {}): Promise<CpuInfo[]> {
    return this.#tell(os.cpus, o);
  }

  availableParallelism(o: Abortable = {}): Promise<number> {
    return this.#tell(os.availableParallelism, o);
  }

  totalmem(o: Abortable = {}): Promise<number> {
    return this.#tell(os.totalmem, o);
  }

  freemem(o: Abortable = {}): Promise<number> {
    return this.#tell(os.freemem, o);
  }

  uptime(o: Abortable = {}): Promise<number> {
    return this.#tell(os.uptime, o);
  }

  loadavg(o: Abortable = {}): Promise<number[]> {
    return this.#tell(os.loadavg, o);
  }

  #tell<T>(fact: () => T, o: Abortable): Promise<T> {
    return this.#run(async ({ key }) => {
      throwIfAborted(o.signal, 'asking this machine about itself', key);
      return fact();
    }, o);
  }
}
