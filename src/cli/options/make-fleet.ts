import { Fleet } from '../../fleet/fleet.js';
import type { Context } from '../context.js';
import { askCredentials } from './ask-credentials.js';
import type { ConnectionFlags } from './connection-options.js';
import type { HostFlags } from './host-options.js';
import { makeTarget, targetFields } from './make-targets.js';
import { fleetLimits, type PacingFlags } from './pacing-options.js';
import { loadInventory, requireHosts } from './select-hosts.js';

/**
 * The fleet that the flags name, or that has these keys, to be closed by the caller; nothing is opened. With `--testbed`
 * it is that of the testbed's devices.
 *
 * @throws OptionError, ParseError for what cannot be meant; AbortError for a question that was not answered.
 */
export async function makeFleet(
  flags: HostFlags & ConnectionFlags & PacingFlags,
  context: Context,
  keys?: readonly string[],
): Promise<Fleet> {
  if (flags.testbed !== undefined) {
    const { testbedFleet } = await import('./testbed-fleet.js');
    return testbedFleet(flags.testbed, flags, context, keys);
  }
  const { hosts, inventory } =
    keys === undefined
      ? await requireHosts([], flags, context.selection(flags.sshConfig))
      : { hosts: keys, inventory: await loadInventory(flags.inventory, context.env) };
  const fields = targetFields(flags);
  const names = [...hosts];
  const targets = names.map((name) => makeTarget(name, fields, inventory));
  const credentials = await askCredentials(flags, context.prompt, names.length);
  return new Fleet(
    targets.map((target, index) => ({ ...credentials(names[index] ?? target.host), ...target })),
    fleetLimits(flags),
  );
}
