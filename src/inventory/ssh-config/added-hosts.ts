import { OptionError } from '../../core/hawser-error.js';
import { checkHostEntry, type HostEntry } from './host-entry.js';

/** Hosts that were made known by hand, each under its alias. */
export class AddedHosts {
  readonly #entries = new Map<string, HostEntry>();
  #version = 0;

  /** Counts the changes: whoever has read {@link entries} sees by it whether they still hold. */
  get version(): number {
    return this.#version;
  }

  get entries(): readonly HostEntry[] {
    return [...this.#entries.values()];
  }

  /**
   * Adds hosts; one whose alias is known takes the other's place. Where one cannot be added, none is.
   *
   * @throws OptionError that names the field at fault.
   */
  add(hosts: HostEntry | Iterable<HostEntry>): void {
    if (typeof hosts === 'string') {
      throw new OptionError(`Expected hosts such as { host: "web1", user: "me" }, got the string "${hosts}".`);
    }
    const list = isIterable(hosts) ? [...hosts] : [hosts];
    const added = list.map((entry): [string, HostEntry] => [checkHostEntry(entry).alias, structuredClone(entry)]);
    for (const [alias, entry] of added) this.#entries.set(alias, entry);
    this.#version += 1;
  }

  /** Forgets hosts, by their aliases; those that are not known are passed over. */
  remove(aliases: string | Iterable<string>): void {
    for (const alias of typeof aliases === 'string' ? [aliases] : aliases) this.#entries.delete(alias);
    this.#version += 1;
  }
}

/** The hosts that this process knows beside those of ssh_config: its own state, as the files are the machine's. */
export const addedHosts: AddedHosts = new AddedHosts();

function isIterable(hosts: HostEntry | Iterable<HostEntry>): hosts is Iterable<HostEntry> {
  return typeof hosts === 'object' && hosts !== null && Symbol.iterator in hosts;
}
