import type { Connection } from '../connection/connection.js';
import { type FleetResult, failedResult } from '../connection/results/failed-result.js';
import type { FleetRun } from '../connection/results/fleet-run.js';
import type { HostValue } from '../connection/results/host-value.js';
import type { CommandResult } from '../core/command-result.js';
import { ClosedError } from '../core/errors.js';
import { OptionError } from '../core/hawser-error.js';
import { didYouMean } from '../core/nearest-name.js';
import { type Command, commandText } from '../core/quote.js';
import { checkTargetOptions } from '../inventory/check-target.js';
import { loadTestbed } from '../inventory/testbed/load-testbed.js';
import { parseTestbed } from '../inventory/testbed/parse-testbed.js';
import type { TestbedData } from '../inventory/testbed/testbed-data.js';
import { checkMaxBuffer, planRun } from '../remote/process/options.js';
import type { ConnectArgs } from './connect-args.js';
import { Device } from './device.js';
import type { AliasTypes } from './device-members.js';
import { type DeviceWork, eachDevice, failedValue, hostOf } from './each-device.js';
import { deviceOptions } from './testbed-device.js';
import { TestbedHops } from './testbed-hops.js';
import type {
  DeviceLike,
  TestbedCallOptions,
  TestbedConnectOptions,
  TestbedExecuteOptions,
  TestbedOptions,
} from './testbed-options.js';

const CLOSED = 'The testbed was closed.';

/**
 * The devices of a testbed file as pyATS writes it, and work on all of them at once.
 *
 * @example
 * await using testbed = await Testbed.load('lab.yaml');
 * (await testbed.connect()).throwIfAnyFailed();
 * for await (const { key, stdout } of testbed.execute('show version')) console.log(key, stdout);
 */
export class Testbed implements AsyncDisposable {
  /** What the file says besides: links and interfaces, servers, types, what is custom. */
  readonly data: TestbedData;
  /** By name, in the order of the file; by alias as well, which is not listed. */
  readonly devices: Readonly<Record<string, Device>>;
  readonly #hops: TestbedHops;
  readonly #closing = new AbortController();
  #running = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  private constructor(data: TestbedData, { defaults = {} }: Pick<TestbedOptions, 'defaults'>) {
    checkTargetOptions(defaults);
    this.data = data;
    this.#hops = new TestbedHops(data, defaults);
    const devices: Record<string, Device> = Object.create(null);
    for (const device of data.devices.values()) {
      devices[device.name] = new Device(
        device.name,
        deviceOptions(device, { defaults, hops: (via) => this.#hops.of(via) }),
      );
    }
    for (const { name, alias } of data.devices.values()) {
      if (alias !== undefined && !(alias in devices)) Object.defineProperty(devices, alias, { value: devices[name] });
    }
    this.devices = Object.freeze(devices);
  }

  /**
   * Reads a testbed from a file, and what it `extends`. Opens nothing.
   *
   * @throws OptionError if the file cannot be read; ParseError with file, line and column for what is wrong in it.
   */
  static async load(file: string, o: TestbedOptions = {}): Promise<Testbed> {
    return new Testbed(await loadTestbed(file, o), o);
  }

  /** Reads a testbed from text; `file` is where it came from, for errors. Throws ParseError. Opens nothing. */
  static parse(yaml: string, o: TestbedOptions & { readonly file?: string | undefined } = {}): Testbed {
    return new Testbed(parseTestbed(yaml, o), o);
  }

  /** Of what `parseTestbed` or `loadTestbed` of `hawser/inventory` gave. Opens nothing. */
  static from(data: TestbedData, o: Pick<TestbedOptions, 'defaults'> = {}): Testbed {
    return new Testbed(data, o);
  }

  /** The name that the file gives, if it does. */
  get name(): string | undefined {
    return this.data.name;
  }

  /**
   * A device, by its name or its alias; `A` says which connections it is going to have, as for `new Device`.
   *
   * @throws OptionError for one that there is not.
   */
  device<A extends AliasTypes<A> = { readonly default: Connection }>(name: string): Device<A>;
  device(name: string): Device {
    return this.#find(name);
  }

  /**
   * Connects devices in parallel, each by its default alias. What is connected stays as it is, unless `vias` asks for
   * another path. Each device has a result,
   * with its connection or with the error; one that fails keeps no other from being connected.
   *
   * Rejects with OptionError for what cannot be meant, such as a device that there is not.
   */
  connect(o: TestbedConnectOptions = {}): FleetRun<HostValue<Connection>> {
    return this.#each<HostValue<Connection>>(o, () => {
      const viaOf = this.#viasOf(o.vias);
      return {
        run: async (device, signal) => {
          const begun = performance.now();
          const value = await device.connect({ ...viaOf(device), signal });
          return { key: device.name, host: value.host, ok: true, value, durationMs: performance.now() - begun };
        },
        failed: failedValue,
      };
    });
  }

  /** Ends the links of devices: all of each device's connections. They stay, and `connect` opens them again. */
  disconnect(o: TestbedCallOptions = {}): FleetRun<HostValue<void>> {
    return this.#each<HostValue<void>>(o, () => ({
      run: async (device) => {
        const [begun, host] = [performance.now(), hostOf(device)];
        await device.disconnectAll();
        return { key: device.name, host, ok: true, durationMs: performance.now() - begun };
      },
      failed: failedValue,
    }));
  }

  /**
   * Runs a command on the default connection of each device, connecting where that is needed. Each device has a result,
   * however it failed; `outcome` and `error` say how.
   *
   * Rejects with OptionError for what cannot be meant.
   */
  execute(
    command: Command,
    o: TestbedExecuteOptions & { readonly encoding: 'buffer' },
  ): FleetRun<CommandResult<Buffer>>;
  execute(
    command: Command,
    o?: TestbedExecuteOptions & { readonly encoding?: BufferEncoding },
  ): FleetRun<CommandResult>;
  execute(command: Command, o: TestbedExecuteOptions = {}): FleetRun<FleetResult> {
    return this.#each<FleetResult>(o, () => {
      const { devices: _, batchSize, timeout, vias, signal: __, ...own } = o;
      const text = commandText(command);
      planRun({ ...own, signal: undefined });
      checkMaxBuffer(own.maxBuffer);
      const viaOf = this.#viasOf(vias);
      return {
        run: async (device, signal) => {
          const connection = await device.connect({ ...viaOf(device), signal });
          const result: FleetResult = await connection.execute(command, { ...own, signal });
          return result.key === device.name ? result : { ...result, key: device.name };
        },
        failed: (device, error, { skipped, durationMs }) =>
          failedResult({ key: device.name, host: hostOf(device) }, error, {
            command: text,
            encoding: own.encoding ?? 'utf8',
            durationMs,
            outcome: skipped ? 'skipped' : undefined,
          }),
      };
    });
  }

  /**
   * Ends what runs, which has results, and closes every connection for good, also those that devices were reached
   * through. Its devices make no others: their `connect` throws a `ClosedError`. Idempotent. Throws what kept a connection
   * from being closed, once all of them have been tried.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#closing.abort(new ClosedError(CLOSED));
    await Promise.allSettled(this.#running);
    const managers = Object.values(this.devices).map(({ connectionManager }) => connectionManager);
    const ended = await Promise.allSettled(managers.map((manager) => manager.close(CLOSED)));
    await this.#hops.close();
    const failed = ended.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  #each<T extends HostValue<unknown> | FleetResult>(
    o: TestbedCallOptions,
    plan: () => Pick<DeviceWork<T>, 'run' | 'failed'>,
  ): FleetRun<T> {
    const closed = this.#closing.signal;
    const run = eachDevice<T>(() => {
      if (closed.aborted) throw new ClosedError(CLOSED);
      return { devices: this.#choose(o.devices), closed, ...plan() };
    }, o);
    this.#running.add(run);
    const over = (): boolean => this.#running.delete(run);
    run.then(over, over);
    return run;
  }

  /** The devices that are meant, each once. */
  #choose(devices: TestbedCallOptions['devices']): readonly Device[] {
    if (devices === undefined) return Object.values(this.devices);
    const list: readonly DeviceLike[] = typeof devices === 'string' ? [devices] : [...devices];
    return [...new Set(list.map((device) => this.#find(typeof device === 'string' ? device : device.name)))];
  }

  #find(name: string): Device {
    const found = this.devices[name];
    if (found !== undefined) return found;
    const known = Object.keys(this.devices);
    const hint = didYouMean(name, known);
    const there = known.length === 0 ? 'it has none' : `known are ${known.join(', ')}`;
    throw new OptionError(`The testbed has no device "${name}"; ${there}.${hint}`);
  }

  #viasOf(vias: TestbedConnectOptions['vias']): (device: Device) => ConnectArgs {
    if (vias === undefined) return () => ({});
    if (isPath(vias)) return (device) => byPath(device, vias);
    const byDevice = new Map(Object.entries(vias).map(([name, via]) => [this.#find(name), via]));
    return (device) => {
      const via = byDevice.get(device);
      return via === undefined ? {} : byPath(device, via);
    };
  }
}

/** Who asks for a path gets that one, whatever there was. */
function byPath({ connectionManager }: Device, via: string | readonly string[]): ConnectArgs {
  const there = connectionManager.find()?.via;
  return there === undefined || [via].flat().includes(there) ? { via } : { via, ifExists: 'replace' };
}

function isPath(vias: NonNullable<TestbedConnectOptions['vias']>): vias is string | readonly string[] {
  return typeof vias === 'string' || Array.isArray(vias);
}
