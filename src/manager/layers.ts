import { AliasError } from '../core/errors.js';
import { OptionError } from '../core/hawser-error.js';
import { didYouMean } from '../core/nearest-name.js';
import { revealed } from '../core/secret.js';
import type { DeviceCredential, DeviceCredentials } from '../inventory/device-credentials.js';
import { type ConnectArgs, isRecord, readSettings, type Settings } from './connect-args.js';
import type { DeviceDescription } from './device-description.js';
import type { ResolvedValue, ValueSource } from './resolution.js';

interface Layer {
  readonly from: ValueSource;
  readonly settings: Settings;
}

/** What is said of a connection at different places, the one that wins first. */
export class Layers {
  readonly device: DeviceDescription;
  /** What is connected to, for messages. */
  readonly place: string;
  readonly #layers: readonly Layer[];
  readonly #credentials: readonly DeviceCredentials[];

  constructor(device: DeviceDescription, call: ConnectArgs, via: string | undefined) {
    this.device = device;
    this.place = via === undefined ? device.name : `${device.name} via ${via}`;
    const said: readonly Layer[] = [
      { from: 'call', settings: readSettings(call, `the call for ${device.name}`) },
      { from: 'via', settings: via === undefined ? new Map() : blockOf(device, via) },
      { from: 'defaults', settings: defaultsOf(device) },
      { from: 'device', settings: new Map([['credentials', device.credentials]]) },
    ];
    this.#credentials = said.map(({ settings }) => credentialsIn(settings, this.place));
    const login = this.#credentials.findIndex((credentials) => credentials['default'] !== undefined);
    this.#layers = said.flatMap((layer, index) => {
      // A block's credentials rank behind what it says outright, and before the next block.
      const settings = index === login ? Object.entries(this.#credentials[index]?.['default'] ?? {}) : [];
      return [layer, { from: layer.from, settings: new Map(settings) }];
    });
  }

  /** The paths that a call means, in the order in which they are tried. Throws `AliasError` for one that there is not. */
  static vias(device: DeviceDescription, call: ConnectArgs): ResolvedValue<readonly string[]> {
    const known = Object.keys(device.connections).filter((name) => name !== 'defaults');
    const asked = call.via ?? undefined;
    const byDefault = defaultsOf(device).get('via');
    const from = asked !== undefined ? 'call' : byDefault !== undefined ? 'defaults' : 'built-in';
    const wanted = asked ?? byDefault;
    const value = wanted === undefined ? known.slice(0, 1) : listOf(wanted, device);
    for (const via of value) if (!known.includes(via)) throw unknownVia(via, known, device);
    return { value, from };
  }

  /** What is said of a name, and where. A password is for the user that it came with, and for no other. */
  get(name: string): ResolvedValue | undefined {
    for (const [index, { from, settings }] of this.#layers.entries()) {
      const value = settings.get(name);
      if (value === undefined) continue;
      if (name !== 'password' || this.#isForUser(index)) return { value, from };
    }
    return undefined;
  }

  /** Whether whom a layer and those behind it mean is the one who logs in; where they name nobody, it is. */
  #isForUser(index: number): boolean {
    const names = this.#layers.map(({ settings }) => settings.get('username'));
    const [user, meant] = [names, names.slice(index)].map((all) => all.find((name) => name !== undefined));
    return meant === undefined || meant === user;
  }

  /** Every name that is mentioned, each once. */
  names(): readonly string[] {
    return [...new Set(this.#layers.flatMap(({ settings }) => [...settings.keys()]))];
  }

  /** Those of the call over those of the path, and so on: one by one, and each whole. */
  credentials(): DeviceCredentials | undefined {
    const merged: Record<string, DeviceCredential> = Object.assign({}, ...this.#credentials.toReversed());
    return Object.keys(merged).length === 0 ? undefined : merged;
  }
}

function defaultsOf({ name, connections }: DeviceDescription): Settings {
  return readSettings(connections.defaults ?? {}, `the defaults of ${name}`);
}

function blockOf({ name, connections }: DeviceDescription, via: string): Settings {
  const block: unknown = connections[via];
  if (isRecord(block)) return readSettings(block, `the path "${via}" of ${name}`);
  throw new OptionError(`Expected the path "${via}" of ${name} to be an object such as { protocol, host }.`);
}

function listOf(via: unknown, { name }: DeviceDescription): readonly string[] {
  const list: readonly unknown[] = Array.isArray(via) ? via : [via];
  const names = list.filter((item): item is string => typeof item === 'string' && item !== '');
  if (names.length === list.length && names.length > 0) return [...new Set(names)];
  throw new OptionError(`Expected \`via\` to be the name of a path to ${name}, or a list of such names.`);
}

function unknownVia(via: string, known: readonly string[], { name }: DeviceDescription): AliasError {
  const hint = didYouMean(via, known);
  const there = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  return new AliasError(`${name} has no path "${via}"; ${there}.${hint}`, via, known, { host: name });
}

function credentialsIn(settings: Settings, place: string): DeviceCredentials {
  return readCredentials(settings.get('credentials') ?? {}, place);
}

/** Checks that something is credentials, and gives a plain copy. Throws `OptionError`. */
export function readCredentials(value: unknown, place: string): DeviceCredentials {
  if (!isRecord(value)) throw notCredentials(place);
  const found: Record<string, DeviceCredential> = {};
  for (const [name, credential] of Object.entries(value)) {
    if (!isRecord(credential)) throw notCredentials(place);
    found[name] = revealed(credential);
  }
  return found;
}

function notCredentials(place: string): OptionError {
  return new OptionError(
    `Expected \`credentials\` of ${place} to be an object of { username, password } by what they are for, such as ` +
      '`default` and `enable`.',
  );
}
