import { OptionError } from '../../core/hawser-error.js';
import { nearestName } from '../../core/nearest-name.js';
import { matchesPattern } from '../../inventory/host-pattern.js';
import { HostSet } from '../../inventory/host-set/host-set.js';
import type { TestbedData } from '../../inventory/testbed/testbed-data.js';
import type { HostFlags } from './host-options.js';

/**
 * The devices of a testbed that the flags choose, by their names and in the order of the file: all of them without `-H`
 * and `expressions`, without those that are excluded. A name may be an alias, or have `*` and `?`.
 *
 * @throws OptionError for a device that there is not, for a choice that leaves none, and for flags that choose hosts in
 *   other ways; ParseError for an expression.
 */
export function selectDevices(
  data: TestbedData,
  flags: HostFlags,
  expressions: readonly string[] = [],
): readonly string[] {
  for (const [flag, value] of [
    ['--group', flags.group],
    ['--hosts-file', flags.hostsFile],
  ] as const) {
    if (value !== undefined) throw new OptionError(`Expected no ${flag} with a testbed: choose its devices with -H.`);
  }
  const named = [...expressions, ...(flags.hosts ?? [])];
  const chosen = named.length === 0 ? new Set(data.devices.keys()) : namesIn(named, data);
  for (const name of namesIn(flags.exclude ?? [], data)) chosen.delete(name);
  if (chosen.size === 0) throw new OptionError('No device is left of the testbed: nothing to do.');
  return [...data.devices.keys()].filter((name) => chosen.has(name));
}

function namesIn(expressions: readonly string[], data: TestbedData): Set<string> {
  return new Set(expressions.flatMap((text) => [...readNames(text, data)].flatMap((name) => find(name, data))));
}

/** The name of a device may be none that an expression can have. */
function readNames(text: string, { devices }: TestbedData): Iterable<string> {
  return devices.has(text) ? [text] : HostSet.parse(text);
}

function find(name: string, { devices }: TestbedData): readonly string[] {
  if (devices.has(name)) return [name];
  const all = [...devices.values()];
  const found = /[*?]/u.test(name)
    ? all.filter((device) => matchesPattern(name, device.name))
    : all.filter(({ alias }) => alias === name);
  if (found.length > 0) return found.map((device) => device.name);
  const meant = nearestName(name, devices.keys());
  const hint = meant === undefined ? `known are ${[...devices.keys()].join(', ')}` : `did you mean ${meant}?`;
  throw new OptionError(`The testbed has no device ${JSON.stringify(name)}; ${hint}`);
}
