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
 * The proxies of a way, each by the name of its device.
 *
 * @throws ParseError for a proxy that is no device of the testbed, and for proxies that go round in a circle.
 */
export function checkProxies(
  device: TestbedDevice,
  via: TestbedVia,
  devices: ReadonlyMap<string, TestbedDevice>,
): readonly TestbedHop[] {
  const hops = via.proxy.map((hop) => ({ ...hop, device: findDevice(hop, device, devices).name }));
  const path: TestbedVia[] = [via];
  const names = [device.name];
  let here = device;
  for (let [hop] = via.proxy; hop !== undefined; ) {
    here = findDevice(hop, here, devices);
    const way = proxyVia(here);
    if (way === undefined) break;
    const seen = path.indexOf(way);
    names.push(here.name);
    if (seen >= 0) {
      const circle = names.slice(seen).join(' → ');
      throw new ParseError(`The proxies go round in a circle: ${circle}; take one of them out`, hop.at);
    }
    path.push(way);
    [hop] = way.proxy;
  }
  return hops;
}

function findDevice(
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
