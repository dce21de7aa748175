import { ParseError } from '../../core/hawser-error.js';
import { nearestName } from '../../core/nearest-name.js';
import type { YamlEntry, YamlValue } from '../yaml-source.js';

/** The key that takes over the entries of other maps (YAML 1.1's merge type, which testbed files use). */
const MERGE = '<<';

/** The keys that a map of a testbed can have. */
export interface KnownKeys {
  /** Those that mean something here. */
  readonly known: readonly string[];
  /** Those that stand in such a map elsewhere: passed on, and never taken for a slip. */
  readonly passed?: readonly string[];
  /** What people write for a known one. */
  readonly slips?: ReadonlyMap<string, string>;
}

/** The entries of a map by key. Nothing at all is an empty map, as `devices:` with nothing under it is. */
export function entriesOf(value: YamlValue, what: string): ReadonlyMap<string, YamlEntry> {
  if (value.kind === 'scalar' && value.value === null) return new Map();
  if (value.kind !== 'map') throw new ParseError(`${what}: expected a map, got ${kindOf(value)}`, value.at);
  const entries = new Map<string, YamlEntry>();
  for (const entry of value.entries) entries.set(entry.key, entry);
  return entries;
}

/**
 * Points out a key that must be a slip for a known one: it is near to it, and that one is not there.
 *
 * @throws ParseError that says which was meant.
 */
export function refuseSlips(entries: ReadonlyMap<string, YamlEntry>, what: string, keys: KnownKeys): void {
  const absent = keys.known.filter((key) => !entries.has(key));
  for (const { key, at } of entries.values()) {
    if (keys.known.includes(key) || keys.passed?.includes(key) === true) continue;
    const usual = keys.slips?.get(key.toLowerCase());
    const meant = usual !== undefined && absent.includes(usual) ? usual : nearestName(key, absent);
    if (meant !== undefined) {
      throw new ParseError(`${what} has no key ${JSON.stringify(key)}; did you mean ${JSON.stringify(meant)}?`, at);
    }
  }
}

/** The same value with every `<<` replaced by the entries of the maps that it names; what stands beside it wins. */
export function withMerges(value: YamlValue): YamlValue {
  if (value.kind === 'list') return { ...value, items: value.items.map(withMerges) };
  if (value.kind === 'scalar') return value;
  const own = value.entries
    .filter(({ key }) => key !== MERGE)
    .map((entry) => ({ ...entry, value: withMerges(entry.value) }));
  const merge = value.entries.find(({ key }) => key === MERGE);
  if (merge === undefined) return { ...value, entries: own };
  const taken = new Set(own.map(({ key }) => key));
  const entries = [...own];
  for (const map of merge.value.kind === 'list' ? merge.value.items : [merge.value]) {
    const merged = withMerges(map);
    if (merged.kind !== 'map') throw new ParseError('Only maps can be merged with <<', map.at);
    for (const entry of merged.entries) {
      if (taken.has(entry.key)) continue;
      taken.add(entry.key);
      entries.push(entry);
    }
  }
  return { ...value, entries };
}

/** What a value is, in words that never repeat it. */
export function kindOf(value: YamlValue): string {
  if (value.kind !== 'scalar') return `a ${value.kind}`;
  return value.value === null ? 'nothing' : typeof value.value === 'string' ? 'text' : `a ${typeof value.value}`;
}
