import { Connection } from '../../connection/connection.js';
import { ConnectError } from '../../core/errors.js';
import { OptionError } from '../../core/hawser-error.js';
import { Fleet } from '../../fleet/fleet.js';
import type { MultiOptions } from '../../fleet/fleet-options.js';
import type { Target } from '../../inventory/target.js';
import { loadTestbed } from '../../inventory/testbed/load-testbed.js';
import type { Device } from '../../manager/device.js';
import { Testbed } from '../../manager/testbed.js';
import type { Context } from '../context.js';
import { oneLine } from '../terminal/text.js';
import { askCredentials } from './ask-credentials.js';
import type { ConnectionFlags } from './connection-options.js';
import type { HostFlags } from './host-options.js';
import { targetFields } from './make-targets.js';
import { fleetLimits, type PacingFlags } from './pacing-flags.js';
import { selectDevices } from './select-devices.js';

/** The fleet of the devices of a testbed; closing it closes the testbed. */
class TestbedFleet extends Fleet {
  readonly #testbed: Testbed;

  constructor(testbed: Testbed, connections: readonly Connection[], limits: MultiOptions) {
    super(connections, limits);
    this.#testbed = testbed;
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#testbed.close();
  }
}

/** A device whose connection cannot be made: it fails as any other that cannot be reached. */
class Unreachable extends Connection {
  readonly id: string;
  readonly #why: unknown;

  constructor(target: Target, why: unknown) {
    super({ target });
    this.id = target.host;
    this.#why = why;
  }

  protected openTransport(): Promise<never> {
    const why = this.#why;
    if (!(why instanceof OptionError)) return Promise.reject(why);
    const { key } = this;
    return Promise.reject(new ConnectError('resolve', why.message, { host: key, key, cause: why }));
  }
}

/**
 * The devices of `--testbed` that the flags choose, to be closed by the caller. Opens nothing, but for devices that have
 * several ways: which of them leads there has to be tried.
 *
 * @throws OptionError for a file that cannot be read, a device that there is not, and flags that are for hosts alone;
 *   ParseError for what is wrong in the file; AbortError for a question that was not answered.
 */
export async function testbedFleet(
  file: string,
  flags: HostFlags & ConnectionFlags & PacingFlags,
  context: Context,
  keys?: readonly string[],
): Promise<Fleet> {
  for (const flag of ['port', 'jump'] as const) {
    if (flags[flag] !== undefined) throw new OptionError(`Expected no --${flag} with a testbed: its file says that.`);
  }
  const { prompt } = context;
  const data = await loadTestbed(file, {
    env: context.env,
    ...(prompt.available ? { prompt: (text: string) => askSecret(text, context) } : {}),
  });
  const names = selectDevices(data, keys === undefined ? flags : { hosts: keys });
  const credentials = await askCredentials(flags, prompt, names.length);
  const { keyboardInteractive: _, ...secrets } = credentials('');
  const testbed = Testbed.from(data, { defaults: { ...secrets, ...targetFields(flags) } });
  const devices = names.flatMap((name) => testbed.devices[name] ?? []);
  for (const { name, connectionManager } of devices) {
    connectionManager.on('warning', ({ message }) => context.output.note(`${oneLine(`${name}: ${message}`)}\n`));
  }
  const answers = (device: Device): Partial<Target> => {
    const { keyboardInteractive } = credentials(device.name);
    return keyboardInteractive === undefined ? {} : { keyboardInteractive };
  };
  return new TestbedFleet(testbed, await connectionsOf(devices, answers), fleetLimits(flags));
}

async function connectionsOf(
  devices: readonly Device[],
  answers: (device: Device) => Partial<Target>,
): Promise<readonly Connection[]> {
  return Promise.all(
    devices.map(async (device) => {
      try {
        const given = answers(device);
        const first = device.instantiate(given);
        const several = device.explain().via.value.length > 1;
        return several ? await device.connect(given) : first;
      } catch (error) {
        return new Unreachable({ host: device.name, key: device.name }, error);
      }
    }),
  );
}

function askSecret(text: string, { prompt }: Context): Promise<string> {
  return prompt.ask({ text: `${text}:`, what: 'ask for a secret of the testbed' });
}
