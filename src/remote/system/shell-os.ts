import type { CpuInfo, UserInfo } from 'node:os';
import type { Abortable } from '../../core/abort.js';
import { HawserError } from '../../core/hawser-error.js';
import type { FactsSource } from './facts-source.js';
import type { MachineFacts } from './machine-facts.js';
import type { RemoteOs, RunService } from './remote-os.js';

/** What a machine tells of itself through its shell: one script, in one round trip, for all there is to know. */
export class ShellOs implements RemoteOs {
  readonly #run: RunService;
  #source: Promise<FactsSource> | undefined;

  constructor(run: RunService) {
    this.#run = run;
  }

  platform(o?: Abortable): Promise<NodeJS.Platform> {
    return this.#known('platform', o);
  }

  type(o?: Abortable): Promise<string> {
    return this.#known('type', o);
  }

  release(o?: Abortable): Promise<string> {
    return this.#known('release', o);
  }

  version(o?: Abortable): Promise<string> {
    return this.#known('version', o);
  }

  arch(o?: Abortable): Promise<string> {
    return this.#known('arch', o);
  }

  machine(o?: Abortable): Promise<string> {
    return this.#known('machine', o);
  }

  endianness(o?: Abortable): Promise<'BE' | 'LE'> {
    return this.#known('endianness', o);
  }

  hostname(o?: Abortable): Promise<string> {
    return this.#known('hostname', o);
  }

  homedir(o?: Abortable): Promise<string> {
    return this.#known('homedir', o);
  }

  tmpdir(o?: Abortable): Promise<string> {
    return this.#known('tmpdir', o);
  }

  async userInfo(o?: Abortable): Promise<UserInfo<string>> {
    return { ...(await this.#known('userInfo', o)) };
  }

  availableParallelism(o?: Abortable): Promise<number> {
    return this.#known('availableParallelism', o);
  }

  totalmem(o?: Abortable): Promise<number> {
    return this.#known('totalmem', o);
  }

  cpus(o?: Abortable): Promise<CpuInfo[]> {
    return this.#fresh('cpus', o);
  }

  freemem(o?: Abortable): Promise<number> {
    return this.#fresh('freemem', o);
  }

  uptime(o?: Abortable): Promise<number> {
    return this.#fresh('uptime', o);
  }

  loadavg(o?: Abortable): Promise<number[]> {
    return this.#fresh('loadavg', o);
  }

  /** Every connection has an `os`, and few are asked for it: what asks is loaded with the first question. */
  #facts(): Promise<FactsSource> {
    this.#source ??= import('./facts-source.js').then(({ FactsSource }) => new FactsSource());
    return this.#source;
  }

  #known<N extends keyof MachineFacts>(name: N, o: Abortable = {}): Promise<NonNullable<MachineFacts[N]>> {
    return this.#run(async (site) => told(await (await this.#facts()).known(site, o.signal), name, site), o);
  }

  #fresh<N extends keyof MachineFacts>(name: N, o: Abortable = {}): Promise<NonNullable<MachineFacts[N]>> {
    return this.#run(async (site) => told(await (await this.#facts()).fresh(site, o.signal), name, site), o);
  }
}

/** A fact. Throws `HawserError` where the machine has not told it. */
function told<N extends keyof MachineFacts>(
  facts: MachineFacts,
  name: N,
  { host, key }: { readonly host: string; readonly key: string },
): NonNullable<MachineFacts[N]> {
  const fact = facts[name];
  if (fact !== undefined && fact !== null) return fact;
  const system = facts.type === undefined ? 'its system' : facts.type;
  throw new HawserError(
    'ERR_HAWSER_SYSTEM',
    `${key} does not tell its \`os.${name}()\` in a way that is known of ${system}.`,
    {
      host,
      key,
    },
  );
}
