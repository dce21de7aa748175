import { isDeepStrictEqual } from 'node:util';
import { defined } from '../core/defined.js';
import type { DeviceCredentials } from '../inventory/device-credentials.js';
import type { HopLike, Target } from '../inventory/target.js';
import type { TestbedDevice, TestbedVia } from '../inventory/testbed/testbed-data.js';
import type { ConnectionsBlock, ViaBlock } from './connections-block.js';
import type { DeviceOptions } from './device-members.js';

/** Operating systems that run commands without a prompt to wait for. Any other is worked on through its command line. */
const UNIX: ReadonlySet<string> = new Set([
  'linux',
  'unix',
  'freebsd',
  'openbsd',
  'netbsd',
  'darwin',
  'macos',
  'sonic',
]);

/** The classes of pyATS that do what one of ours does: a command line with prompts. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['unicon.unicon', 'cli'],
  ['unicon', 'cli'],
]);

/** What is said of the ways of all devices. */
export interface TestbedWays {
  /** For what the file leaves open. */
  readonly defaults: Partial<Target>;
  /** The machines that a way leads through, the one nearest to us first. */
  readonly hops: (via: TestbedVia) => readonly HopLike[];
}

/** What a device of a testbed file is made with. */
export function deviceOptions(device: TestbedDevice, ways: TestbedWays): DeviceOptions {
  const { os, platform, credentials, custom, defaults } = device;
  const paths = [...device.vias.values()].map((via): [string, ViaBlock] => [via.name, viaBlock(device, via, ways)]);
  const connections: ConnectionsBlock = Object.fromEntries(paths);
  connections.defaults = {
    alias: defaults.alias,
    via: defaults.vias.length === 0 ? undefined : defaults.vias,
    class: nameOfClass(defaults.class),
  };
  return { os, platform, credentials, custom, connections };
}

function viaBlock(device: TestbedDevice, via: TestbedVia, { defaults, hops }: TestbedWays): ViaBlock {
  const { protocol, poolSize } = via;
  const through = hops(via);
  return {
    ...loginLeftOpen(defaults, via),
    ...via.arguments,
    ...via.target,
    protocol,
    class: classOf(device, via),
    credentials: ownOf(withEnable(via.credentials), device.credentials),
    poolSize,
    ...(through.length === 0 ? {} : { proxyJump: through }),
  };
}

/** As for pyATS, the password that logs in is the one of the privileged mode too, where the file names none for that. */
function withEnable(credentials: DeviceCredentials): DeviceCredentials {
  const password = credentials['default']?.password;
  return credentials['enable'] !== undefined || password === undefined
    ? credentials
    : { ...credentials, enable: { password } };
}

/** Those that a way does not have from its device, which hands them down itself, and is told as where they come from. */
function ownOf(credentials: DeviceCredentials, inherited: DeviceCredentials): DeviceCredentials {
  return Object.fromEntries(
    Object.entries(credentials).filter(([name, credential]) => !isDeepStrictEqual(credential, inherited[name])),
  );
}

/** As much of the defaults as a way leaves open; their password is for their user, and for no other. */
export function loginLeftOpen(defaults: Partial<Target>, { credentials, target }: TestbedVia): Partial<Target> {
  const { username, password, ...others } = defaults;
  const login = credentials['default'] ?? {};
  const user = target.username ?? login.username;
  return {
    ...others,
    ...defined({ username: user === undefined ? username : undefined }),
    ...defined({ password: login.password === undefined && areOne(username, user) ? password : undefined }),
  };
}

/** What the credentials of a way have to log in with, as whom it is to be: their password is for no other. */
export function loginOf({ credentials, target }: TestbedVia): Partial<Target> {
  const { password, ...login } = credentials['default'] ?? {};
  return defined({ ...login, password: areOne(login.username, target.username) ? password : undefined });
}

/** Whether two say the same user, or one of them says none. */
function areOne(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}

/** The class that the way itself names; a command line where nobody names one, and the device is no Unix. */
function classOf({ os, defaults }: TestbedDevice, { class: own, protocol = 'ssh' }: TestbedVia): string | undefined {
  if (own !== undefined || defaults.class !== undefined) return nameOfClass(own);
  const speaksSsh = protocol === 'ssh' || protocol === 'openssh';
  return speaksSsh && os !== undefined && !UNIX.has(os.toLowerCase()) ? 'cli' : undefined;
}

function nameOfClass(written: string | undefined): string | undefined {
  return CLASSES.get(written?.toLowerCase() ?? '') ?? written;
}
