import type { EntryOutcome } from '../../remote/transfer/entry-outcome.js';

/** Hosts for which the same would be done. */
export interface SameForHosts {
  readonly keys: readonly string[];
  readonly entries: readonly EntryOutcome[];
}

/** What a dry run found for each host. What hosts have in common, which is most as a rule, is kept once. */
export class DryRun {
  readonly #known = new Map<string, number>();
  readonly #entries: EntryOutcome[] = [];
  /** Of each host, by their places in `#entries`. */
  readonly #byHost = new Map<string, number[]>();

  /** Takes note of what would be done on a host. */
  add(entry: EntryOutcome, key: string): void {
    const { action, kind, size, path } = entry;
    const id = `${action} ${kind} ${size ?? ''} ${path}`;
    let at = this.#known.get(id);
    if (at === undefined) {
      at = this.#entries.push(entry) - 1;
      this.#known.set(id, at);
    }
    const host = this.#byHost.get(key);
    if (host === undefined) this.#byHost.set(key, [at]);
    else host.push(at);
  }

  /** What would be done on a host, by path. */
  of(key: string): readonly EntryOutcome[] {
    const entries = (this.#byHost.get(key) ?? []).flatMap((at) => this.#entries[at] ?? []);
    return entries.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  }

  /** The hosts by what would be done on them, the most numerous first. */
  groups(keys: readonly string[]): readonly SameForHosts[] {
    const alike = new Map<string, string[]>();
    for (const key of keys) {
      const what = [...(this.#byHost.get(key) ?? [])].sort((a, b) => a - b).join();
      const group = alike.get(what);
      if (group === undefined) alike.set(what, [key]);
      else group.push(key);
    }
    const largestFirst = [...alike.values()].sort((a, b) => b.length - a.length);
    return largestFirst.map((members) => ({ keys: members, entries: this.of(members[0] ?? '') }));
  }
}
