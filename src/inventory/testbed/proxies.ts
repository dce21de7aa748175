import { ParseError } from '../../core/hawser-error.js';
import { nearestName } from '../../core/nearest-name.js';
import type { TestbedDevice, TestbedHop, TestbedVia } from './testbed-data.js';

/**
 * The way on which a device is reached when it is a proxy: its default one, else its first that speaks SSH, else its
 * first. `undefined` for a device without ways.
 */
export function proxyVia(device: TestbedDevice): TestbedVia | undefined {
  const [preferred] = device.defaults.vias;
  if (preferred !== undefined) return device.vias.get(preferred);
  const all = [...device.vias.values()];
  return all.find(({ protocol }) => protocol === undefined || protocol === 'ssh') ?? all[0];
}

/**
 * The devices on the way, the one nearest to us first, with those that the first of them needs itself. The later ones of
 * a list are reached from the one before, whatever their own proxies are.
 *
 * @throws ParseError for a proxy that is no device of the testbed, and for proxies that go round in a circle.
 */
export function hopsOf(
  device: TestbedDevice,
  via: TestbedVia,
  devices: ReadonlyMap<string, TestbedDevice>,
): readonly TestbedHop[] {
  const walk = (here: TestbedDevice, way: TestbedVia, path: readonly string[]): readonly TestbedHop[] => {
    const [first, ...others] = way.proxy.map((hop) => ({ ...hop, device: find(hop, here, devices).name }));
    if (first === undefined) return [];
    const trail = [...path, here.name];
    const seen = trail.indexOf(first.device);
    const next = devices.get(first.device);
    const nextVia = next === undefined ? undefined : proxyVia(next);
    // A device may be its own proxy by another of its ways.
    if (seen >= 0 && nextVia?.proxy.length !== 0) {
      const circle = [...trail.slice(seen), first.device].join(' → ');
      throw new ParseError(`The proxies go round in a circle: ${circle}; take one of them out`, first.at);
    }
    const before = next === undefined || nextVia === undefined ? [] : walk(next, nextVia, trail);
    return [...before, first, ...others];
  };
  return walk(device, via, []);
}

function find(
  { device: name, at }: TestbedHop,
  from: TestbedDevice,
  devices: ReadonlyMap<string, TestbedDevice>,
): TestbedDevice {
  const found = devices.get(name) ?? [...devices.values()].find(({ alias }) => alias === name);
  if (found !== undefined) return found;
  const meant = nearestName(name, devices.keys());
  const hint = meant === undefined ? `known are ${[...devices.keys()].join(', ')}` : `did you mean ${meant}?`;
  throw new ParseError(`The proxy ${JSON.stringify(name)} of ${from.name} is no device of this testbed; ${hint}`, at);
}
