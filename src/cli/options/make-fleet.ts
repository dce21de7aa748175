import { OptionError } from '../../core/hawser-error.js';
import { Fleet } from '../../fleet/fleet.js';
import type { Target } from '../../inventory/target.js';
import { brokerSocket, safeSocket } from '../../session/broker/socket-place.js';
import type { Context } from '../context.js';
import { askCredentials } from './ask-credentials.js';
import type { ConnectionFlags } from './connection-options.js';
import type { HostFlags } from './host-options.js';
import { makeTarget, targetFields } from './make-targets.js';
import { fleetLimits, type PacingFlags } from './pacing-flags.js';
import { loadInventory, requireHosts, type Selection } from './select-hosts.js';
import type { SessionFlag } from './session-option.js';

/**
 * The fleet that the flags name, or that has these keys, to be closed by the caller; nothing is opened. With `--testbed`
 * it is that of the testbed's devices.
 *
 * @throws OptionError, ParseError for what cannot be meant; AbortError for a question that was not answered; ConnectError
 *   where `--session always` finds no broker and can start none; TimeoutError where one does not answer.
 */
export async function makeFleet(
  flags: HostFlags & ConnectionFlags & PacingFlags & SessionFlag,
  context: Context,
  keys?: readonly string[],
): Promise<Fleet> {
  const { session = 'auto' } = flags;
  if (flags.testbed !== undefined) {
    if (session === 'always') {
      throw new OptionError('Expected no --session always with a testbed: its devices are reached as its file says.');
    }
    const { testbedFleet } = await import('./testbed-fleet.js');
    return testbedFleet(flags.testbed, flags, context, keys);
  }
  const targets = await makeTargets(
    flags,
    context,
    keys === undefined
      ? await requireHosts([], flags, context.selection(flags.sshConfig))
      : { hosts: keys, inventory: await loadInventory(flags.inventory, context.env) },
  );
  if (session === 'never' || (session === 'auto' && safeSocket(brokerSocket) === undefined)) {
    return new Fleet(targets, fleetLimits(flags));
  }
  const { brokerFleet } = await import('./broker-fleet.js');
  return brokerFleet(targets, fleetLimits(flags), session, context);
}

/**
 * The targets of hosts, with what the person at the terminal adds to them.
 *
 * @throws OptionError, ParseError for what cannot be meant; AbortError for a question that was not answered.
 */
export async function makeTargets(
  flags: ConnectionFlags,
  context: Context,
  { hosts, inventory }: { readonly hosts: Iterable<string>; readonly inventory: Selection['inventory'] },
): Promise<readonly Target[]> {
  const fields = targetFields(flags);
  const names = [...hosts];
  const targets = names.map((name) => makeTarget(name, fields, inventory));
  const credentials = await askCredentials(flags, context.prompt, names.length);
  return targets.map((target, index) => ({ ...credentials(names[index] ?? target.host), ...target }));
}
