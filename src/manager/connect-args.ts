import type { Connection } from '../connection/connection.js';
import type { ConnectionClass } from '../connection/connection-class.js';
import type { Abortable } from '../core/abort.js';
import { OptionError } from '../core/hawser-error.js';
import { nearestName } from '../core/nearest-name.js';
import { isTargetField, likelyTargetField, TARGET_FIELDS } from '../inventory/check-target.js';
import type { DeviceCredentials } from '../inventory/device-credentials.js';
import type { Target } from '../inventory/target.js';
import type { PoolOptions } from '../pool/pool-options.js';

/**
 * How a device is to be connected to. The fields of a `Target` (`port`, `username`, `connectTimeout`, …) may stand
 * here; every other argument goes to the constructor of the connection class, by its name.
 */
export interface ConnectArgs extends Partial<Target> {
  /** The class of the connection, or of the workers of a pool; or the name of one. */
  readonly cls?: ConnectionClass | string | undefined;
  /** What the connection is called. Default: `defaults.alias` of the device's connections, else `default`. */
  readonly alias?: string | undefined;
  /**
   * The path. Several are tried in order for as long as the network is at fault. Default: `defaults.via` of the device's
   * connections, else the first path that they name.
   */
  readonly via?: string | readonly string[] | undefined;
  /** Make a pool of that many connections. Default: no pool. */
  readonly poolSize?: number | undefined;
  /** How long work waits for a free connection of the pool, in milliseconds. Default 0: for ever. */
  readonly poolTimeout?: number | undefined;
  /** Further options of the pool: `idleTimeout`, `maxAge`, `maxWaiters`, `validate`, `reset`, … */
  readonly pool?: Omit<PoolOptions<Connection>, 'size' | 'timeout'> | undefined;
  /**
   * What to do where there is a connection of that alias. Default `'reuse'`: it is used as it is, with a `warning`
   * event where it was made with other arguments; `'replace'`: it is destroyed; `'error'`: an `AliasError`.
   */
  readonly ifExists?: 'reuse' | 'replace' | 'error' | undefined;
  /** Laid over those of the path and of the device, one by one. */
  readonly credentials?: DeviceCredentials | undefined;
  readonly [argument: string]: unknown;
}

/** {@link ConnectArgs}, and the signal that ends the connecting. */
export interface ConnectCall extends ConnectArgs, Abortable {}

/** What makes a connection that is not opened yet. */
export interface InstantiateArgs extends ConnectArgs {
  /** Nothing is waited for: give it to `connect`. */
  readonly signal?: undefined;
}

/** Names and values as the manager knows them: one spelling for each name, and nothing that is `undefined`. */
export type Settings = ReadonlyMap<string, unknown>;

const OTHER_WORDS: ReadonlyMap<string, string> = new Map([
  ['class', 'cls'],
  ['ip', 'host'],
  ['proxy', 'proxyJump'],
]);

/** What the manager itself understands, beside the fields of a target. */
const OWN_NAMES = ['cls', 'alias', 'via', 'poolSize', 'poolTimeout', 'pool', 'ifExists', 'credentials'] as const;

const OWN: ReadonlySet<string> = new Set(OWN_NAMES);

/** What the manager gives to every class, so that nobody else can. */
const GIVEN: ReadonlyMap<string, string> = new Map([
  ['target', 'Name the class with `cls`, and the fields of a target one by one (`host`, `port`, …).'],
  ['device', 'A connection is told of the device whose manager makes it.'],
]);

/** Whether a name is one that the manager keeps, instead of handing it to the class. */
export function isOwnName(name: string): boolean {
  return OWN.has(name);
}

/**
 * Reads a call's arguments or a block of `connections`: brings the names into one spelling, and unpacks `arguments`.
 *
 * @param where what is read, as an error names it: `the path "mgmt" of r1`.
 * @throws OptionError for a name that is given twice, is one that the manager gives, or differs from a known one in case.
 */
export function readSettings(values: Readonly<Record<string, unknown>>, where: string): Settings {
  const settings = new Map<string, unknown>();
  for (const [written, value] of Object.entries(values)) {
    if (value === undefined || value === null || written === 'arguments') continue;
    // An address is more to the point than a name, and files have both.
    if (written === 'host' && values['ip'] !== undefined && values['ip'] !== null) continue;
    const name = plainName(written, where);
    if (settings.has(name)) throw new OptionError(`Expected \`${name}\` of ${where} once, got it in two spellings.`);
    settings.set(name, value);
  }
  for (const [written, value] of Object.entries(readArguments(values['arguments'], where))) {
    const name = plainName(written, where);
    if (value !== undefined && value !== null && !settings.has(name)) settings.set(name, value);
  }
  return settings;
}

function readArguments(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (isRecord(value)) return value;
  throw new OptionError(`Expected \`arguments\` of ${where} to be an object of names and values.`);
}

/** Whether a value is an object with names. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function plainName(written: string, where: string): string {
  const other = OTHER_WORDS.get(written);
  if (other !== undefined) return other;
  if (isKnown(written)) return written;
  const camel = written.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (isKnown(camel)) return camel;
  const advice = GIVEN.get(written);
  if (advice !== undefined) throw new OptionError(`Expected no \`${written}\` in ${where}. ${advice}`);
  const meant = OWN_NAMES.find((name) => name.toLowerCase() === camel.toLowerCase());
  if (meant !== undefined) {
    throw new OptionError(`There is no \`${written}\` in ${where}; did you mean \`${meant}\`?`);
  }
  return written;
}

function isKnown(name: string): boolean {
  return OWN.has(name) || isTargetField(name);
}

/** The argument of `connect` that one the manager does not know is a letter away from: hardly anybody means another. */
export function slipOf(written: string): string | undefined {
  return isKnown(written) ? undefined : nearestName(written, [...OWN_NAMES, 'signal', ...TARGET_FIELDS], 1);
}

/** The name that somebody who wrote one that the manager does not know may have meant. A class may know it all the same. */
export function likelyName(written: string): string | undefined {
  return likelyTargetField(written) ?? nearestName(written, [...OWN_NAMES, ...TARGET_FIELDS]);
}
