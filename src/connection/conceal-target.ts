import { concealed, revealed } from '../core/secret.js';
import type { HopLike, Target } from '../inventory/target.js';

const SECRETS = ['password', 'passphrase', 'privateKey', 'keyboardInteractive'] as const;

/** A frozen copy of a target whose secrets, and those of its jump hosts, are there by name alone. */
export function concealTarget(target: Readonly<Target>): Readonly<Target> {
  const copy = revealed<Target>(target);
  const { proxyJump } = copy;
  if (proxyJump !== undefined) copy.proxyJump = isList(proxyJump) ? proxyJump.map(concealHop) : concealHop(proxyJump);
  return concealed(copy, SECRETS);
}

function concealHop(hop: HopLike): HopLike {
  return typeof hop === 'string' || 'dial' in hop ? hop : concealTarget(hop);
}

function isList(hops: HopLike | readonly HopLike[]): hops is readonly HopLike[] {
  return Array.isArray(hops);
}
