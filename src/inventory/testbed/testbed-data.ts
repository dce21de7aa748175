import type { DeviceCredentials } from '../device-credentials.js';
import type { Target } from '../target.js';
import type { SourcePosition } from '../yaml-source.js';

/** Something that the file says and nobody here needs: as it stands there, with passwords readable by name alone. */
export type KeptData = Readonly<Record<string, unknown>>;

/** What a testbed file says, checked, with credentials handed down from the testbed to devices and their ways. */
export interface TestbedData {
  readonly file: string | undefined;
  readonly name: string | undefined;
  readonly alias: string | undefined;
  readonly credentials: DeviceCredentials;
  /** By name, in the order of the file. */
  readonly devices: ReadonlyMap<string, TestbedDevice>;
  /** `servers`, `network`, `custom` and what else stands under `testbed`. */
  readonly facts: KeptData;
  /** Links, and the interfaces of each device. */
  readonly topology: KeptData;
}

/** A device of a testbed. */
export interface TestbedDevice {
  readonly name: string;
  /** Another name for the device. */
  readonly alias: string | undefined;
  readonly type: string | undefined;
  readonly os: string | undefined;
  readonly platform: string | undefined;
  /** Those of the testbed, with what the device itself says over them. */
  readonly credentials: DeviceCredentials;
  readonly defaults: TestbedDefaults;
  /** The ways to the device, by name. */
  readonly vias: ReadonlyMap<string, TestbedVia>;
  readonly custom: KeptData;
  /** `series`, `model`, `clean`, `hardware` and what else stands there. */
  readonly facts: KeptData;
  readonly at: SourcePosition;
}

/** What holds for the connections of a device unless a way or a call says otherwise. */
export interface TestbedDefaults {
  readonly class: string | undefined;
  readonly alias: string | undefined;
  /** Tried in this order; none: there is no default. */
  readonly vias: readonly string[];
}

/** A way to a device. */
export interface TestbedVia {
  readonly name: string;
  readonly class: string | undefined;
  /** As the file has it, in lower case: perhaps one that hawser does not speak. */
  readonly protocol: string | undefined;
  /** Where it leads, and other fields of {@link Target} that stand there; `protocol` is not among them. */
  readonly target: Partial<Target>;
  /** Those of the device, with what stands here over them: `default` is the one that logs in. */
  readonly credentials: DeviceCredentials;
  /**
   * Devices on the way, the one nearest to us first. The first is reached by its own way ({@link proxyVia}), with the
   * proxies of that; each of the others from the one before.
   */
  readonly proxy: readonly TestbedHop[];
  readonly poolSize: number | undefined;
  /** For the connection class: the keys that are none of the above, and what stands under `arguments`. */
  readonly arguments: KeptData;
  readonly at: SourcePosition;
}

/** A device on the way to another. */
export interface TestbedHop {
  /** Its name in {@link TestbedData.devices}. */
  readonly device: string;
  /** What is to be typed there to get on, where the file spells it out. */
  readonly commands: readonly string[];
  readonly at: SourcePosition;
}
