import type { Connection } from '../connection/connection.js';
import { type ConnectionClass, isBuiltIn } from '../connection/connection-class.js';
import type { DeviceFacts } from '../connection/device-facts.js';
import { OptionError } from '../core/hawser-error.js';
import { shownValue } from '../core/shown-value.js';
import { checkTarget, isTargetField } from '../inventory/check-target.js';
import { redactTarget } from '../inventory/format-target.js';
import type { Target } from '../inventory/target.js';
import type { PoolOptions } from '../pool/pool-options.js';
import { chooseClass } from './choose-class.js';
import { type ConnectArgs, isOwnName, isRecord, slipOf } from './connect-args.js';
import type { DeviceDescription } from './device-description.js';
import { Layers } from './layers.js';
import { Resolution, type ResolvedValue } from './resolution.js';

/** How one connection is made: everything that its constructor is to be given, secrets included. */
export interface Plan {
  readonly alias: string;
  readonly via: string | undefined;
  readonly cls: ConnectionClass;
  readonly target: Target;
  readonly facts: DeviceFacts;
  /** What goes to the constructor besides. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly pool: (PoolOptions<Connection> & { readonly timeout: number }) | undefined;
}

/** What a call comes to. */
export interface Plans {
  readonly alias: string;
  readonly ifExists: 'reuse' | 'replace' | 'error';
  /** One for each path, in the order in which they are tried. */
  readonly plans: readonly [Plan, ...Plan[]];
  readonly resolution: Resolution;
}

/**
 * Works out what a call means for a device: the call's arguments win over the block of the path, that over the
 * `defaults`, those over what the device says, and that over what is built in.
 *
 * @throws AliasError for a path that the device does not have; OptionError for what cannot be meant.
 */
export function planConnection(device: DeviceDescription, call: ConnectArgs): Plans {
  const vias = Layers.vias(device, call);
  const [first, ...others] = vias.value;
  const layers = new Layers(device, call, first);
  const plan = onePlan(device, layers, first);
  const alias = aliasOf(layers);
  const ifExists = ifExistsOf(layers);
  const plans = others.map((via) => onePlan(device, new Layers(device, call, via), via, alias.value));
  return {
    alias: alias.value,
    ifExists: ifExists.value,
    plans: [plan, ...plans],
    resolution: explain(device, { layers, plan, vias, alias, ifExists }),
  };
}

/** The alias that is meant where a call names none. */
export function defaultAlias(device: DeviceDescription): string {
  return aliasOf(new Layers(device, {}, undefined)).value;
}

function onePlan(device: DeviceDescription, layers: Layers, via: string | undefined, alias?: string): Plan {
  const { name, os, platform } = device;
  const cls = chooseClass(layers);
  const args = argumentsOf(layers, cls.argument);
  if (isBuiltIn(cls.value)) refuseSlips(args, name);
  const credentials = layers.credentials();
  return {
    alias: alias ?? aliasOf(layers).value,
    via,
    cls: cls.value,
    target: targetOf(layers, cls.protocol),
    facts: { name, os, platform, credentials },
    args: Object.fromEntries(args.map(([field, { value }]) => [field, value])),
    pool: poolOf(layers),
  };
}

function aliasOf(layers: Layers): ResolvedValue<string> {
  const alias = layers.get('alias') ?? { value: 'default', from: 'built-in' };
  if (typeof alias.value !== 'string' || alias.value === '') {
    throw new OptionError(`Expected \`alias\` to be a name, in what is said of ${layers.place}.`);
  }
  return { value: alias.value, from: alias.from };
}

function ifExistsOf(layers: Layers): ResolvedValue<'reuse' | 'replace' | 'error'> {
  const { value, from } = layers.get('ifExists') ?? { value: 'reuse', from: 'built-in' };
  if (value === 'reuse' || value === 'replace' || value === 'error') return { value, from };
  throw new OptionError(
    `Expected \`ifExists\` to be 'reuse', 'replace' or 'error', in what is said of ${layers.place}.`,
  );
}

function poolOf(layers: Layers): Plan['pool'] {
  const size = layers.get('poolSize')?.value;
  const timeout = layers.get('poolTimeout')?.value ?? 0;
  if (!isWhole(timeout)) {
    throw new OptionError(
      `Expected \`poolTimeout\` of ${layers.place} to be a number of milliseconds, 0 for no limit, got ${shown(timeout)}.`,
    );
  }
  if (size === undefined) return undefined;
  if (!isWhole(size) || size === 0) {
    throw new OptionError(`Expected \`poolSize\` of ${layers.place} to be a positive integer, got ${shown(size)}.`);
  }
  const further = layers.get('pool')?.value ?? {};
  if (isRecord(further)) return { ...further, size, timeout };
  throw new OptionError(`Expected \`pool\` of ${layers.place} to be an object of options for a pool.`);
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function shown(value: unknown): string {
  return typeof value === 'object' ? 'an object' : typeof value === 'string' ? `"${value}"` : String(value);
}

function targetOf(layers: Layers, protocol: Target['protocol']): Target {
  const fields = targetFields(layers, protocol);
  const target: unknown = Object.fromEntries([...fields].map(([field, { value }]) => [field, value]));
  try {
    checkTarget(target);
  } catch (cause) {
    if (!(cause instanceof OptionError)) throw cause;
    throw new OptionError(`Cannot connect to ${layers.place}: ${cause.message}`, { cause });
  }
  return target;
}

/** The fields of the target, and where each came from. */
function targetFields(layers: Layers, protocol: Target['protocol']): ReadonlyMap<string, ResolvedValue> {
  const fields = new Map<string, ResolvedValue>();
  fields.set('host', { value: protocol === 'local' ? 'localhost' : layers.device.name, from: 'built-in' });
  fields.set('key', { value: layers.device.name, from: 'built-in' });
  for (const name of layers.names()) {
    const found = layers.get(name);
    if (isTargetField(name) && name !== 'protocol' && found !== undefined) fields.set(name, found);
  }
  if (protocol !== undefined) {
    const said = layers.get('protocol');
    fields.set('protocol', { value: protocol, from: said?.value === protocol ? said.from : 'built-in' });
  }
  return fields;
}

function argumentsOf(layers: Layers, protocol: ResolvedValue | undefined): readonly [string, ResolvedValue][] {
  const found = layers.names().flatMap((name): [string, ResolvedValue][] => {
    const value = layers.get(name);
    return isOwnName(name) || isTargetField(name) || value === undefined ? [] : [[name, value]];
  });
  return protocol === undefined ? found : [['protocol', protocol], ...found];
}

/** A class of hawser's own takes no notice of an argument that it does not know, and would connect by the wrong path. */
function refuseSlips(args: readonly [string, ResolvedValue][], device: string): void {
  for (const [written, { from }] of args) {
    const meant = from === 'call' ? slipOf(written) : undefined;
    if (meant === undefined) continue;
    throw new OptionError(`There is no \`${written}\` in the call for ${device}; did you mean \`${meant}\`?`);
  }
}

interface Explained {
  readonly layers: Layers;
  readonly plan: Plan;
  readonly vias: ResolvedValue<readonly string[]>;
  readonly alias: ResolvedValue<string>;
  readonly ifExists: ResolvedValue<string>;
}

function explain(device: DeviceDescription, { layers, plan, vias, alias, ifExists }: Explained): Resolution {
  const { pool, target } = plan;
  const cls = chooseClass(layers);
  const safe = redactTarget(target);
  const fields = [...targetFields(layers, cls.protocol)].map(([name, { from }]): [string, ResolvedValue] => {
    return [name, { value: safe[name], from }];
  });
  const args = argumentsOf(layers, cls.argument).map(([name, { value, from }]): [string, ResolvedValue] => {
    return [name, { value: shownValue(name, value), from }];
  });
  const from = (name: string): ResolvedValue['from'] => layers.get(name)?.from ?? 'built-in';
  return new Resolution({
    device: device.name,
    alias,
    via: vias,
    class: { value: cls.value.name, from: cls.from },
    ifExists,
    ...(pool === undefined
      ? {}
      : {
          poolSize: { value: pool.size, from: from('poolSize') },
          poolTimeout: { value: pool.timeout, from: from('poolTimeout') },
        }),
    target: Object.fromEntries(fields),
    arguments: Object.fromEntries(args),
  });
}
