import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { defined } from '../core/defined.js';
import { expandHome } from '../core/home.js';
import { isKeyText } from '../inventory/format-target.js';
import type { HopLike, HostKeyPolicy, Target } from '../inventory/target.js';
import { hopName } from '../transport/hop-name.js';
import type { SshEndpoint } from '../transport/ssh2/endpoint.js';
import { resolveTarget } from '../transport/ssh2/resolve-target.js';
import { WatchedConfigs } from './watched-configs.js';

/** A machine on the way of a session, the last one included. */
export interface SessionHop {
  /** `host:port`, as errors call it. */
  readonly name: string;
  /** The same with the way to it: a private address is another machine behind another jump host. */
  readonly place: string;
}

/** Where a session leads to. */
export interface SessionPlace {
  /** The same for whatever one session may serve. It says nothing to people, and gives nothing away. */
  readonly key: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly username: string | undefined;
  /** The jump hosts as `user@host:port`, the one nearest to us first. */
  readonly via: readonly string[];
  /** What is connected to, in this order; nothing for this machine. */
  readonly hops: readonly SessionHop[];
}

const TELNET_PORT = 23;

/**
 * Says which targets one session may serve, by a key. Two targets have the same key where all of this is the same:
 *
 * - the protocol, the user, host and port after ssh_config and its defaults: not how they were spelled;
 * - the way: jump hosts, each compared as a target is, an open connection as itself; ProxyCommand, BindAddress, AddressFamily;
 * - who one claims to be: the `privateKey`s that are given and ssh_config's IdentityFile and CertificateFile, in order, by path
 *   or by the digest of a key's text. Keys at the usual places, the agent and whatever answers questions do not count: they
 *   prove the same user;
 * - how the host key was judged: the policy, the known_hosts files and the HostKeyAlias, so that what a laxer policy accepted
 *   is never given to who is stricter; and `algorithms`, where given;
 * - what the server is told with each command: ForwardAgent, and the variables of SendEnv and SetEnv;
 * - `threadSafe`, since it is the connection that has the lock.
 *
 * Passwords and passphrases, `key`, `connectTimeout` and `keepAlive` do not count. For `local:` nothing but `threadSafe` does;
 * for telnet user, host, port and way.
 */
export class SessionPlaces {
  readonly #configs = new WatchedConfigs();
  /** Functions and open connections are the same where they are the same object. */
  readonly #objects = new WeakMap<object, number>();
  #lastObject = 0;

  /**
   * The place that a target means. `manner`: what says more of how the connection is made than its target does.
   *
   * @throws OptionError, ParseError for an ssh_config that cannot be read or meant.
   */
  of(target: Readonly<Target>, manner?: unknown): SessionPlace {
    const { protocol = 'ssh', threadSafe = false } = target;
    const common = [protocol, threadSafe, manner ?? null];
    switch (protocol) {
      case 'local':
        return { key: digest(common), host: target.host, port: undefined, username: undefined, via: [], hops: [] };
      case 'telnet':
        return this.#telnet(target, common);
      case 'ssh':
      case 'openssh':
        return this.#ssh(target, common);
    }
  }

  #ssh(target: Readonly<Target>, common: readonly unknown[]): SessionPlace {
    const endpoint = this.#resolve(target);
    const { host, port, username } = endpoint;
    const key = digest([...common, this.#who(endpoint), algorithmsOf(target)]);
    return { key, host, port, username, via: viaOf(endpoint), hops: hopsOf(endpoint) };
  }

  /** What ssh_config says of the host is about its SSH server: the way to it is all that is taken from there. */
  #telnet(target: Readonly<Target>, common: readonly unknown[]): SessionPlace {
    const { host, port = TELNET_PORT, username, proxyJump, proxyCommand } = target;
    const name = hopName({ host, port });
    const isDirect = proxyCommand === undefined && [proxyJump ?? []].flat().length === 0;
    if (isDirect) {
      const key = digest([...common, host, port, username ?? null]);
      return { key, host, port, username, via: [], hops: [{ name, place: name }] };
    }
    const way = this.#resolve({ ...target, port });
    const key = digest([...common, host, port, username ?? null, this.#way(way)]);
    return { key, host, port, username, via: viaOf(way), hops: hopsOf({ ...way, host, port }) };
  }

  #resolve(target: Readonly<Target>): SshEndpoint {
    const { endpoint } = resolveTarget(withoutProtocols(target), {
      config: (choice) => this.#configs.get(choice),
      algorithms: () => ({}),
    });
    return endpoint;
  }

  /** Who one is on an endpoint, by which way, and why it is believed to be that machine. */
  #who(endpoint: SshEndpoint): unknown {
    const { host, port, username, credentials, hostKeyAlias, knownHosts } = endpoint;
    const keys = credentials.keys.filter(({ origin }) => origin !== 'default').map(({ key }) => keyName(key));
    return [
      [username, host, port, this.#way(endpoint)],
      [[...new Set(keys)], credentials.certificates],
      [this.#policy(endpoint.hostKey), hostKeyAlias ?? null, knownHosts?.map(absolute) ?? null],
      [Object.entries(endpoint.environment).sort(), endpoint.forwardAgent !== undefined],
    ];
  }

  #way({ route }: SshEndpoint): unknown {
    switch (route.kind) {
      case 'direct':
        return ['direct', route.family, route.bindAddress ?? null];
      case 'command':
        return ['command', route.command];
      case 'borrowed':
        return ['borrowed', this.#number(route.through)];
      case 'jump':
        return ['jump', this.#who(route.through)];
    }
  }

  #policy(policy: HostKeyPolicy): unknown {
    if (typeof policy === 'string') return policy;
    if (typeof policy === 'function') return this.#number(policy);
    return policy.fingerprints.map((print) => print.replace(/=+$/, '')).sort();
  }

  #number(object: object): number {
    const known = this.#objects.get(object);
    if (known !== undefined) return known;
    this.#lastObject += 1;
    this.#objects.set(object, this.#lastObject);
    return this.#lastObject;
  }
}

/** The jump hosts of a connection through the user's own `ssh` may say that they are reached in the same way. */
function withoutProtocols(target: Readonly<Target>): Target {
  const { protocol, proxyJump, ...rest } = target;
  if (proxyJump === undefined || protocol !== 'openssh') return { ...rest, ...defined({ proxyJump }) };
  const hops = [proxyJump].flat().map((hop: HopLike): HopLike => {
    if (typeof hop === 'string' || 'dial' in hop) return hop;
    const { protocol: own, ...others } = hop;
    return own === 'openssh' ? others : hop;
  });
  return { ...rest, proxyJump: hops };
}

function viaOf({ route }: SshEndpoint): string[] {
  if (route.kind === 'borrowed') return [route.through.id];
  if (route.kind !== 'jump') return [];
  return [...viaOf(route.through), `${route.through.username}@${hopName(route.through)}`];
}

function hopsOf(endpoint: Pick<SshEndpoint, 'host' | 'port' | 'route'>): SessionHop[] {
  const { route } = endpoint;
  const name = hopName(endpoint);
  switch (route.kind) {
    case 'direct':
      return [{ name, place: name }];
    case 'command':
      return [{ name, place: `${name} by ${route.command}` }];
    case 'borrowed':
      return [{ name, place: `${name} via ${route.through.id}` }];
    case 'jump': {
      const before = hopsOf(route.through);
      return [...before, { name, place: `${name} via ${before.at(-1)?.place}` }];
    }
  }
}

function algorithmsOf({ algorithms = {} }: Readonly<Target>): unknown {
  return Object.entries(defined(algorithms)).sort(([a], [b]) => (a < b ? -1 : 1));
}

function keyName(key: string | Buffer): string {
  return typeof key === 'string' && !isKeyText(key)
    ? absolute(key)
    : `sha256:${createHash('sha256').update(key).digest('base64')}`;
}

function absolute(path: string): string {
  return resolve(expandHome(path));
}

function digest(parts: unknown): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
