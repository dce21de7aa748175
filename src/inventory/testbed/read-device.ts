import { ParseError } from '../../core/hawser-error.js';
import { nearestName } from '../../core/nearest-name.js';
import type { DeviceCredentials } from '../device-credentials.js';
import type { YamlEntry, YamlValue } from '../yaml-source.js';
import { entriesOf, type KnownKeys, refuseSlips } from './entries.js';
import { keptData } from './kept-data.js';
import type { Markup } from './markup.js';
import { holdsCredentials, readCredentials } from './read-credentials.js';
import { isWayKey, readVia } from './read-via.js';
import type { TestbedDefaults, TestbedDevice, TestbedVia } from './testbed-data.js';

/** The keys of a device that are read here; all others are kept. */
const READ = ['alias', 'type', 'os', 'platform', 'credentials', 'connections', 'custom'] as const;

const KEYS: KnownKeys = {
  known: READ,
  passed: [
    ...['class', 'region', 'role', 'series', 'model', 'power', 'hardware', 'peripherals', 'clean', 'chassis_type'],
    ...['passwords', 'tacacs', 'name', 'chassis', 'management', 'version', 'pid'],
  ],
};

const DEFAULTS_KEYS: KnownKeys = {
  known: ['class', 'alias', 'via'],
  passed: ['connections', 'connections_arguments', 'fallback_credentials'],
};

/**
 * Reads a device of a testbed.
 *
 * @throws ParseError for a slip in a key, and for a value that cannot be meant.
 */
export function readDevice({ key: name, value, at }: YamlEntry, outer: DeviceCredentials, all: Markup): TestbedDevice {
  const markup = all.within(name, value);
  const what = `the device ${JSON.stringify(name)}`;
  const title = `The device ${JSON.stringify(name)}`;
  // A markup for the whole of a device says itself why it cannot be one.
  if (value.kind === 'scalar' && value.value !== null) markup.text(value, title);
  const entries = entriesOf(value, title);
  refuseSlips(entries, title, KEYS);
  const textOf = (key: string): string | undefined => {
    const entry = entries.get(key);
    return entry === undefined || isNothing(entry.value) ? undefined : markup.text(entry.value, `${key} of ${what}`);
  };
  const credentials = readCredentials(entries, what, markup, outer);
  const connections = entriesOf(entries.get('connections')?.value ?? NOTHING(at), `The connections of ${what}`);
  const vias = new Map<string, TestbedVia>();
  for (const [via, entry] of connections) {
    if (via !== 'defaults') vias.set(via, readVia(via, entry, { device: name, credentials }, markup));
  }
  const custom = entries.get('custom')?.value;
  const kept = [...entries.values()].filter(({ key }) => !READ.some((read) => read === key) && !holdsCredentials(key));
  return {
    name,
    alias: textOf('alias'),
    type: describe(entries.get('type'), markup),
    os: textOf('os'),
    platform: textOf('platform'),
    credentials,
    defaults: readDefaults(connections.get('defaults'), what, [...vias.keys()], markup),
    vias,
    custom: keptData(custom === undefined ? [] : entriesOf(custom, `custom of ${what}`).values(), markup),
    facts: keptData(kept, markup),
    at,
  };
}

/** What is only shown may hold a markup that nobody can replace. */
function describe(entry: YamlEntry | undefined, markup: Markup): string | undefined {
  if (entry?.value.kind !== 'scalar' || entry.value.value === null) return undefined;
  return markup.kept(String(entry.value.value), entry.value.at);
}

function readDefaults(
  entry: YamlEntry | undefined,
  what: string,
  vias: readonly string[],
  markup: Markup,
): TestbedDefaults {
  const title = `The defaults of the connections of ${what}`;
  const entries = entry === undefined ? new Map<string, YamlEntry>() : entriesOf(entry.value, title);
  refuseSlips(entries, title, DEFAULTS_KEYS);
  for (const { key, at } of entries.values()) {
    if (DEFAULTS_KEYS.known.includes(key) || !isWayKey(key)) continue;
    throw new ParseError(
      `${title} can have class, alias and via; write ${key} in each connection, or merge it with <<`,
      at,
    );
  }
  const [cls, alias, via] = ['class', 'alias', 'via'].map((key) => entries.get(key)?.value);
  const named = via === undefined || isNothing(via) ? [] : via.kind === 'list' ? via.items : [via];
  return {
    class: cls === undefined ? undefined : markup.text(cls, `class in the defaults of ${what}`),
    alias: alias === undefined ? undefined : markup.text(alias, `alias in the defaults of ${what}`),
    vias: named.map((item) => {
      const name = markup.text(item, `via in the defaults of ${what}`);
      if (vias.includes(name)) return name;
      const meant = nearestName(name, vias);
      const hint = meant === undefined ? `known are ${vias.join(', ') || 'none'}` : `did you mean ${meant}?`;
      throw new ParseError(`${what} has no connection ${JSON.stringify(name)}; ${hint}`, item.at);
    }),
  };
}

function isNothing(value: YamlValue): boolean {
  return value.kind === 'scalar' && value.value === null;
}

function NOTHING(at: YamlValue['at']): YamlValue {
  return { kind: 'scalar', value: null, at };
}
