import { OptionError, ParseError } from '../../core/hawser-error.js';
import { guarded } from '../../core/shown-value.js';
import { checkTargetOptions, isTargetField } from '../check-target.js';
import type { DeviceCredentials } from '../device-credentials.js';
import type { Target } from '../target.js';
import type { SourcePosition, YamlEntry, YamlValue } from '../yaml-source.js';
import { entriesOf, type KnownKeys, kindOf, refuseSlips } from './entries.js';
import type { Markup } from './markup.js';
import { holdsCredentials, readCredentials, withLogin } from './read-credentials.js';
import type { TestbedHop, TestbedVia } from './testbed-data.js';

/** Keys of a way that are read here, beside the fields of a target. */
const OWN_KEYS = [
  'class',
  'protocol',
  'host',
  'ip',
  'port',
  'credentials',
  'arguments',
  'proxy',
  'pool_size',
  'username',
  'password',
] as const;

const POOL_KEYS = ['poolSize', 'pool_timeout', 'poolTimeout'] as const;

const KEYS: KnownKeys = {
  known: [
    ...OWN_KEYS,
    ...['privateKey', 'passphrase', 'knownHosts', 'hostKey', 'connectTimeout', 'keepAlive', 'threadSafe', 'sshConfig'],
  ],
  // What files for pyATS and its connection classes have there.
  passed: [...POOL_KEYS, 'login_creds', 'hostname', 'line', 'via'],
  slips: new Map([
    ['user', 'username'],
    ['proto', 'protocol'],
    ['address', 'ip'],
  ]),
};

/** Whether a key is one that a way has a meaning for. */
export function isWayKey(key: string): boolean {
  return [...OWN_KEYS, ...POOL_KEYS].some((own) => own === key) || isTargetField(inCamelCase(key));
}

/** Where a way is, for messages and for what it inherits. */
export interface ViaOwner {
  readonly device: string;
  readonly credentials: DeviceCredentials;
}

/**
 * Reads a way to a device.
 *
 * @throws ParseError for a slip in a key, and for a value that cannot be meant.
 */
export function readVia(name: string, { value, at }: YamlEntry, owner: ViaOwner, markup: Markup): TestbedVia {
  const what = `the connection ${JSON.stringify(name)} of ${owner.device}`;
  const title = `The connection ${JSON.stringify(name)} of ${owner.device}`;
  const entries = inOneSpelling(entriesOf(value, title), title);
  refuseSlips(entries, title, KEYS);
  const textOf = (key: string): string | undefined => {
    const entry = entries.get(key);
    return entry === undefined ? undefined : markup.text(entry.value, `${key} of ${what}`);
  };
  const credentials = withLogin(entries, readCredentials(entries, what, markup, owner.credentials), what, markup);
  const poolSize = entries.get('pool_size') ?? entries.get('poolSize');
  return {
    name,
    class: textOf('class'),
    protocol: textOf('protocol')?.toLowerCase(),
    target: readTarget(entries, what, markup),
    credentials,
    proxy: readProxy(entries.get('proxy')?.value, what, markup),
    poolSize: poolSize === undefined ? undefined : readCount(poolSize, what, markup),
    arguments: guarded(readArguments(entries, what, markup)),
    at,
  };
}

/** YAML writes `known_hosts` where a target has `knownHosts`. */
function inOneSpelling(entries: ReadonlyMap<string, YamlEntry>, title: string): ReadonlyMap<string, YamlEntry> {
  const all = new Map<string, YamlEntry>();
  for (const entry of entries.values()) {
    const camel = inCamelCase(entry.key);
    const key = isTargetField(camel) ? camel : entry.key;
    if (all.has(key)) throw new ParseError(`${title} has ${key} in two spellings; keep one`, entry.at);
    all.set(key, { ...entry, key });
  }
  return all;
}

function inCamelCase(key: string): string {
  return key.replaceAll(/_([a-z])/gu, (_, letter: string) => letter.toUpperCase());
}

/** The fields of a target that a way has. An address (`ip`) wins over a name (`host`), as it does for pyATS. */
function readTarget(entries: ReadonlyMap<string, YamlEntry>, what: string, markup: Markup): Partial<Target> {
  const fields: Record<string, unknown> = {};
  for (const { key, value, at } of entries.values()) {
    const field = key === 'ip' ? 'host' : key;
    if (!isTargetField(field) || field === 'protocol' || (key === 'host' && entries.has('ip'))) continue;
    if (field === 'key') throw new ParseError('A device has its name for a key; take `key` out', at);
    if (field === 'proxyJump') throw new ParseError('Name a device of the testbed as `proxy` instead', at);
    fields[field] = readField(field, key, value, what, markup);
    check({ [field]: fields[field] }, what, value.at);
  }
  checkTargetOptions(fields);
  return fields;
}

function readField(field: keyof Target, key: string, value: YamlValue, what: string, markup: Markup): unknown {
  if (field === 'password' || field === 'passphrase') return markup.secret(value, `The ${key} of ${what}`);
  if (field === 'host' || field === 'username') return markup.text(value, `${key} of ${what}`);
  if (field === 'port') return readPort(markup.text(value, `port of ${what}`));
  return markup.data(value, `${key} of ${what}`);
}

/** What comes out of the environment is text. Anything else is left for the check of targets to refuse. */
function readPort(text: string): unknown {
  return /^\d+$/u.test(text) ? Number(text) : text;
}

function check(fields: Record<string, unknown>, what: string, at: SourcePosition): void {
  try {
    checkTargetOptions(fields);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new ParseError(`${error.message} (for ${what})`, at, { cause: error });
  }
}

function readCount({ key, value }: YamlEntry, what: string, markup: Markup): number {
  const text = markup.text(value, `${key} of ${what}`);
  if (/^[1-9]\d{0,3}$/u.test(text)) return Number(text);
  throw new ParseError(`Expected ${key} of ${what} to be an integer from 1 to 9999`, value.at);
}

/** What is for the connection class: the keys that are none of those above win over `arguments`. */
function readArguments(
  entries: ReadonlyMap<string, YamlEntry>,
  what: string,
  markup: Markup,
): Readonly<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  const given = entries.get('arguments')?.value;
  if (given !== undefined) {
    for (const entry of entriesOf(given, `The arguments of ${what}`).values()) add(all, entry, what, markup);
  }
  for (const entry of entries.values()) {
    const { key } = entry;
    if (key === 'login_creds' || key === 'poolSize' || holdsCredentials(key) || isTargetField(key)) continue;
    if (!OWN_KEYS.some((own) => own === key)) add(all, entry, what, markup);
  }
  return all;
}

function add(all: Record<string, unknown>, { key, value, at }: YamlEntry, what: string, markup: Markup): void {
  const data = /password|passphrase/iu.test(key)
    ? markup.secret(value, `${key} of ${what}`)
    : markup.data(value, `${key} of ${what}`);
  if (key !== 'connection_timeout' && key !== 'pool_timeout') {
    all[key] = data;
    return;
  }
  // pyATS counts these in seconds.
  const seconds = Number(typeof data === 'string' && data.trim() !== '' ? data : typeof data === 'number' ? data : NaN);
  if (!(seconds >= 0)) throw new ParseError(`Expected ${key} of ${what} to be a number of seconds`, value.at);
  const [field, ms] = [key === 'pool_timeout' ? 'poolTimeout' : 'connectTimeout', Math.round(seconds * 1000)];
  if (field === 'connectTimeout') check({ connectTimeout: ms }, what, at);
  all[field] = ms;
}

/** `proxy: NAME`, `proxy: { device: NAME, command: … }`, or a list of these. */
function readProxy(value: YamlValue | undefined, what: string, markup: Markup): TestbedHop[] {
  if (value === undefined) return [];
  const items = value.kind === 'list' ? value.items : [value];
  return items.map((item): TestbedHop => {
    if (item.kind === 'scalar') {
      return { device: markup.text(item, `proxy of ${what}`), commands: [], at: item.at };
    }
    if (item.kind === 'list') throw new ParseError(`A proxy of ${what} is a device, not ${kindOf(item)}`, item.at);
    const fields = entriesOf(item, `A proxy of ${what}`);
    refuseSlips(fields, `A proxy of ${what}`, { known: ['device', 'command'] });
    const device = fields.get('device')?.value;
    if (device === undefined) throw new ParseError(`A proxy of ${what} needs its \`device\``, item.at);
    const command = fields.get('command')?.value;
    const commands = command === undefined ? [] : command.kind === 'list' ? command.items : [command];
    return {
      device: markup.text(device, `device of a proxy of ${what}`),
      commands: commands.map((one) => markup.text(one, `command of a proxy of ${what}`)),
      at: device.at,
    };
  });
}
