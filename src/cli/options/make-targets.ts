import type { Inventory } from '../../inventory/inventory.js';
import { parseTarget } from '../../inventory/parse-target.js';
import type { Target } from '../../inventory/target.js';
import type { ConnectionFlags } from './connection-options.js';

/** The fields of a target that flags set. */
export function targetFields(flags: ConnectionFlags): Partial<Target> {
  const { user, port, identity, jump, sshConfig, knownHosts, acceptNew, connectTimeout } = flags;
  return {
    ...(user === undefined ? {} : { username: user }),
    ...(port === undefined ? {} : { port }),
    ...(identity === undefined ? {} : { privateKey: identity }),
    ...(jump === undefined ? {} : { proxyJump: jumpHosts(jump) }),
    ...(sshConfig === undefined ? {} : { sshConfig: sshConfig === 'none' ? false : sshConfig }),
    ...(knownHosts === undefined ? {} : { knownHosts }),
    ...(acceptNew === true ? { hostKey: 'accept-new' as const } : {}),
    ...(connectTimeout === undefined ? {} : { connectTimeout }),
  };
}

/**
 * The target for the name of a host. What the name says (`root@web01:2222`) wins over the flags, and those over the
 * inventory.
 *
 * @throws ParseError or OptionError for a name that is none.
 */
export function makeTarget(name: string, flags: Partial<Target>, inventory: Inventory | undefined): Target {
  const named = parseTarget(name);
  if (inventory === undefined) return { ...flags, ...named };
  const known = inventory.target(name);
  return { ...known, ...flags, ...named, host: known.host };
}

/** The hops of `-J a,b`; `none` for none, as in ssh(1). */
function jumpHosts(text: string): readonly string[] {
  return text === 'none' ? [] : text.split(',').map((hop) => hop.trim());
}
