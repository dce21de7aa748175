import { defined } from '../core/defined.js';
import { formatTarget, isKeyText } from '../inventory/format-target.js';
import type { HopLike, Target } from '../inventory/target.js';

/** A connection as plain data: enough to find the machine again, and no secret. */
export interface ConnectionRecord {
  readonly version: 1;
  readonly key: string;
  readonly kind: string;
  readonly host: string;
  readonly port?: number;
  readonly username?: string;
  /** Paths of key files; a key that was given as text is left out. */
  readonly identityFiles?: readonly string[];
  readonly agent?: string | false;
  readonly knownHosts?: readonly string[];
  readonly hostKey?: string | { readonly fingerprints: readonly string[] };
  /** The jump hosts as `user@host:port`, the one nearest to us first. */
  readonly proxyJump?: readonly string[];
  readonly proxyCommand?: string;
  readonly sshConfig?: boolean | string;
  readonly connectTimeout?: number;
  readonly threadSafe?: boolean;
  readonly via?: string;
  readonly alias?: string;
}

/** What is recorded of a connection. Fields that were not set are left out, so that the reader's defaults apply. */
export function connectionRecord(connection: {
  readonly key: string;
  readonly target: Readonly<Target>;
  readonly via: string | undefined;
  readonly alias: string | undefined;
}): ConnectionRecord {
  const { key, target, via, alias } = connection;
  const { host, protocol = 'ssh', port, username, privateKey, agent, knownHosts, hostKey, proxyJump } = target;
  const { proxyCommand, sshConfig, connectTimeout, threadSafe } = target;
  const keys = privateKey === undefined ? [] : [privateKey].flat();
  const identityFiles = keys.filter((k): k is string => typeof k === 'string' && !isKeyText(k));
  const hops = proxyJump === undefined ? [] : isList(proxyJump) ? proxyJump : [proxyJump];
  return {
    version: 1,
    key,
    kind: protocol,
    host,
    ...defined({ port, username, agent, proxyCommand, sshConfig, connectTimeout, threadSafe, via, alias }),
    ...(identityFiles.length === 0 ? {} : { identityFiles }),
    ...(knownHosts === undefined ? {} : { knownHosts: [knownHosts].flat() }),
    ...(hostKey === undefined || typeof hostKey === 'function' ? {} : { hostKey }),
    ...(hops.length === 0 ? {} : { proxyJump: hops.map(hopText) }),
  };
}

function hopText(hop: HopLike): string {
  if (typeof hop === 'string') return hop;
  return 'dial' in hop ? hop.id : formatTarget(hop);
}

function isList(hops: HopLike | readonly HopLike[]): hops is readonly HopLike[] {
  return Array.isArray(hops);
}
