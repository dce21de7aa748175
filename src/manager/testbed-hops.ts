import type { Connection } from '../connection/connection.js';
import { createConnection, toTarget } from '../connection/create-connection.js';
import { HawserError, OptionError } from '../core/hawser-error.js';
import type { HopLike, JumpHost, Target } from '../inventory/target.js';
import { proxyVia } from '../inventory/testbed/proxies.js';
import type { TestbedData, TestbedHop, TestbedVia } from '../inventory/testbed/testbed-data.js';
import type { SourcePosition } from '../inventory/yaml-source.js';
import { loginLeftOpen, loginOf } from './testbed-device.js';

/**
 * The devices of a testbed that others are reached through. All that are behind one share its connection, which is apart
 * from those that the device itself has, and is opened when it is first needed.
 */
export class TestbedHops {
  readonly #data: TestbedData;
  readonly #defaults: Partial<Target>;
  readonly #shared = new Map<string, HopLike>();
  readonly #connections: Connection[] = [];

  constructor(data: TestbedData, defaults: Partial<Target>) {
    this.#data = data;
    this.#defaults = defaults;
  }

  /** The machines that a way leads through, the one nearest to us first. One that cannot be a hop fails when it is used. */
  of(via: TestbedVia): readonly HopLike[] {
    if (via.arguments['sshtunnel'] !== undefined) return [closedHop('sshtunnel', noTunnel(via))];
    const [first, ...others] = via.proxy;
    if (first === undefined) return [];
    return [this.#first(first), ...others.map((hop) => this.#unless(hop, () => this.#target(hop)))];
  }

  /** Closes the connections that devices were reached through, for good. */
  async close(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }

  /** The one that is reached from here, by its own way and the proxies of that. */
  #first(hop: TestbedHop): HopLike {
    const known = this.#shared.get(hop.device);
    if (known !== undefined && hop.commands.length === 0) return known;
    const made = this.#unless(hop, () => {
      const target = this.#target(hop);
      const through = this.of(this.#way(hop));
      const connection = createConnection({ ...target, ...(through.length === 0 ? {} : { proxyJump: through }) });
      this.#connections.push(connection);
      return connection;
    });
    if (hop.commands.length === 0) this.#shared.set(hop.device, made);
    return made;
  }

  #target(hop: TestbedHop): Target {
    const via = this.#way(hop);
    const { protocol = 'ssh' } = via;
    if (hop.commands.length > 0) {
      throw refusal(hop, 'the file says what to type there (`command`), and hawser only passes through its SSH server');
    }
    if (protocol !== 'ssh' && protocol !== 'openssh') {
      throw refusal(hop, `its connection "${via.name}" speaks ${protocol}; only SSH leads through a machine`);
    }
    const fields = { ...loginLeftOpen(this.#defaults, via), ...loginOf(via), ...via.target };
    return toTarget({ ...fields, protocol, host: fields.host ?? hop.device, key: hop.device });
  }

  #way(hop: TestbedHop): TestbedVia {
    const device = this.#data.devices.get(hop.device);
    const via = device === undefined ? undefined : proxyVia(device);
    if (via !== undefined) return via;
    throw refusal(hop, 'the testbed has no connection for it');
  }

  #unless(hop: TestbedHop, make: () => HopLike): HopLike {
    try {
      return make();
    } catch (error) {
      if (error instanceof HawserError) return closedHop(hop.device, error);
      throw error;
    }
  }
}

function refusal({ device, at }: TestbedHop, why: string): OptionError {
  return new OptionError(`Cannot go through ${device} (${placeOf(at)}): ${why}.`, { host: device });
}

/** Without the tunnel that the file asks for, the device would be looked for where it is not. */
function noTunnel({ name, at }: TestbedVia): OptionError {
  return new OptionError(
    `Cannot connect by "${name}" (${placeOf(at)}): hawser makes no \`sshtunnel\`. Make its server one of the devices, ` +
      'and name that as `proxy`.',
  );
}

function placeOf({ file, line, column }: SourcePosition): string {
  return `${file ?? '<text>'}:${line}:${column}`;
}

/** A hop that nobody gets through: only the devices behind it fail. */
function closedHop(device: string, why: HawserError): JumpHost {
  return { id: device, host: device, dial: () => Promise.reject(why) };
}
