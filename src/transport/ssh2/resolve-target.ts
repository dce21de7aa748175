import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { defined } from '../../core/defined.js';
import { OptionError } from '../../core/hawser-error.js';
import { matchesPattern } from '../../inventory/host-pattern.js';
import { parseTarget } from '../../inventory/parse-target.js';
import type { SshHostConfig } from '../../inventory/ssh-config/host-config.js';
import type { JumpHost as ConfiguredHop } from '../../inventory/ssh-config/proxy-jump.js';
import type { SshConfig } from '../../inventory/ssh-config/ssh-config.js';
import type { Algorithms, HopLike, HostKeyPolicy, JumpHost, KeepAlive, Target } from '../../inventory/target.js';
import type { Credentials, KeySource, Route, SshEndpoint } from './endpoint.js';

/** The keys that ssh(1) tries where none is configured, of those kinds that this transport can use. */
const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ed25519'];
const DEFAULT_KEEP_ALIVE: KeepAlive = { interval: 15_000, countMax: 3 };
/** As many hops as anybody may mean; past it the configuration goes in circles. */
const MOST_HOPS = 16;

/** What a connect needs to know: the server, and how long it may take. */
export interface ResolvedTarget {
  readonly endpoint: SshEndpoint;
  /** For the whole connect, in milliseconds; `undefined`: neither the target nor ssh_config says. */
  readonly connectTimeout: number | undefined;
}

/** What a target is resolved with. */
export interface ResolveMeans {
  /** Gives the ssh_config that the `sshConfig` field of a target names; `undefined`: none. */
  readonly config: (choice: boolean | string) => SshConfig | undefined;
  /** What ssh_config comes to in this transport's algorithms. */
  readonly algorithms: (found: SshHostConfig | undefined) => Algorithms;
}

/** A jump host with all that it takes over from the target that it leads to. */
type Hop = Target | JumpHost;

/** Resolves a hop as a target of its own; `before`: the hops on the way to it, where they are not its own to say. */
type ResolveHop = (hop: Target, before: readonly Hop[] | undefined) => SshEndpoint;

/**
 * Decides everything about a target: its own fields first, then what ssh_config says of it, then the defaults. Jump
 * hosts are resolved in the same way, under their own names. Nothing is opened.
 *
 * @throws OptionError for a chain of jump hosts that does not end.
 */
export function resolveTarget(target: Readonly<Target>, means: ResolveMeans): ResolvedTarget {
  return resolve(target, means, 0);
}

/** The `sshConfig` fields of a target and of the jump hosts that it names: the configurations that it is resolved with. */
export function configChoices(target: Readonly<Target>): ReadonlySet<boolean | string> {
  const { sshConfig = true, proxyJump } = target;
  const choices = new Set([sshConfig]);
  for (const hop of proxyJump === undefined ? [] : isList(proxyJump) ? proxyJump : [proxyJump]) {
    if (typeof hop === 'string' || isOpen(hop)) continue;
    for (const choice of configChoices({ sshConfig, ...defined(hop), host: hop.host })) choices.add(choice);
  }
  return choices;
}

function resolve(
  target: Readonly<Target>,
  means: ResolveMeans,
  depth: number,
  before?: readonly Hop[],
): ResolvedTarget {
  if (depth > MOST_HOPS) {
    throw new OptionError(
      `Cannot reach ${target.host}: its jump hosts lead in a circle. Look at ProxyJump in ~/.ssh/config.`,
      { host: target.host },
    );
  }
  const { host, port, username } = target;
  const found = means.config(target.sshConfig ?? true)?.resolve({ host, port, username });
  const agent = agentSocket(target, found);
  const endpoint: SshEndpoint = {
    name: target.key ?? host,
    host: found?.hostName ?? host,
    port: port ?? found?.port ?? 22,
    username: username ?? found?.user ?? userInfo().username,
    route: route(target, found, before, (hop, others) => resolve(hop, means, depth + 1, others).endpoint),
    credentials: credentials(target, found, agent),
    hostKey: target.hostKey ?? configuredPolicy(found),
    hostKeyAlias: found?.hostKeyAlias,
    knownHosts: knownHosts(target, found),
    hashKnownHosts: found?.hashKnownHosts ?? false,
    algorithms: { ...means.algorithms(found), ...defined(target.algorithms ?? {}) },
    keepAlive: target.keepAlive ?? configuredKeepAlive(found),
    attempts: found?.connectionAttempts ?? 1,
    environment: environment(found),
    forwardAgent: forwardedAgent(target, found, agent),
  };
  const seconds = found?.connectTimeoutSeconds;
  return { endpoint, connectTimeout: target.connectTimeout ?? (seconds ? seconds * 1000 : undefined) };
}

function route(
  target: Readonly<Target>,
  found: SshHostConfig | undefined,
  before: readonly Hop[] | undefined,
  resolveHop: ResolveHop,
): Route {
  const direct: Route = {
    kind: 'direct',
    family: found?.addressFamily === 'inet' ? 4 : found?.addressFamily === 'inet6' ? 6 : 0,
    bindAddress: found?.bindAddress,
  };
  const hops = before ?? hopsOf(target, found);
  const nearest = hops?.at(-1);
  if (nearest === undefined) {
    const command = target.proxyCommand ?? (hops === undefined ? found?.proxyCommand : undefined);
    return command === undefined ? direct : { kind: 'command', command };
  }
  if (isOpen(nearest)) return { kind: 'borrowed', through: nearest };
  const others = hops?.slice(0, -1) ?? [];
  return { kind: 'jump', through: resolveHop(nearest, others.length > 0 ? others : undefined) };
}

/**
 * The hops that the target names, or else ssh_config, the one nearest to us first; `undefined` where neither does. Each
 * takes over from the target, and not from the hop behind it, whose keys and settings may be its own.
 */
function hopsOf(target: Readonly<Target>, found: SshHostConfig | undefined): readonly Hop[] | undefined {
  const given = target.proxyJump;
  const configured = target.proxyCommand === undefined ? found?.proxyJump?.map(configuredHop) : undefined;
  const hops = given === undefined ? configured : isList(given) ? given : [given];
  return hops?.map((hop) => (isOpen(hop) ? hop : asHop(hop, target)));
}

function configuredHop({ host, ...rest }: ConfiguredHop): Target {
  return { host, ...defined(rest) };
}

/**
 * A jump host with what describes our side rather than the far one: where known_hosts and ssh_config lie, which keys we
 * hold. A password is not passed on: it was meant for one machine. Nor is a host key policy weaker than `accept-new`, or
 * one that is about a single machine; a function is asked about each.
 */
function asHop(hop: string | Target, target: Readonly<Target>): Target {
  const own = typeof hop === 'string' ? parseTarget(hop) : hop;
  if (own.protocol !== undefined && own.protocol !== 'ssh') {
    throw new OptionError(
      `Cannot reach ${target.host}: the jump host ${own.host} is to be spoken to by "${own.protocol}", and only ` +
        'the "ssh" protocol leads on to other machines.',
      { host: target.host },
    );
  }
  const { knownHosts, sshConfig, agent, privateKey, passphrase } = target;
  const hostKey = isForAnyHost(target.hostKey) ? target.hostKey : undefined;
  const passedOn = defined({ knownHosts, sshConfig, agent, privateKey, passphrase, hostKey });
  return { ...passedOn, ...defined(own), host: own.host };
}

/** A function is told which machine it is asked about (`HostKeyInfo.hop`); fingerprints are those of one machine. */
function isForAnyHost(policy: HostKeyPolicy | undefined): boolean {
  return policy === 'strict' || policy === 'accept-new' || typeof policy === 'function';
}

function isOpen(hop: HopLike): hop is JumpHost {
  return typeof hop === 'object' && 'dial' in hop;
}

function isList(hops: HopLike | readonly HopLike[]): hops is readonly HopLike[] {
  return Array.isArray(hops);
}

/** The agent to ask, and to forward: ssh(1) has one alone too. A target that says `false` has none in any case. */
function agentSocket({ agent }: Readonly<Target>, found: SshHostConfig | undefined): string | undefined {
  const socket = agent ?? found?.identityAgent ?? process.env['SSH_AUTH_SOCK'];
  return socket === false || socket === '' ? undefined : socket;
}

function credentials(
  target: Readonly<Target>,
  found: SshHostConfig | undefined,
  agent: string | undefined,
): Credentials {
  const given = target.privateKey === undefined ? [] : [target.privateKey].flat();
  const byKey = found?.pubkeyAuthentication !== false;
  const configured = byKey ? (found?.identityFiles ?? []) : [];
  const usual =
    byKey && (found?.defaultIdentities ?? true) ? DEFAULT_KEYS.map((name) => join(homedir(), '.ssh', name)) : [];
  const keys: KeySource[] = [
    ...given.map((key) => ({ key, origin: 'given' as const })),
    ...configured.map((key) => ({ key, origin: 'config' as const })),
    ...usual.map((key) => ({ key, origin: 'default' as const })),
  ];
  return {
    // PubkeyAuthentication is about ssh_config's own keys; an agent that the target names is asked all the same.
    agent: byKey || target.agent !== undefined ? agent : undefined,
    identitiesOnly: found?.identitiesOnly ?? false,
    keys,
    passphrase: target.passphrase,
    keyboardInteractive: target.keyboardInteractive,
    password: target.password,
    certificates: found?.certificateFiles ?? [],
    preferred: found?.preferredAuthentications,
  };
}

/** `no` and `ask` have no place in a library: it can't ask, and never takes a changed key. */
function configuredPolicy(found: SshHostConfig | undefined): HostKeyPolicy {
  const checking = found?.strictHostKeyChecking;
  return checking === 'accept-new' || checking === 'no' ? 'accept-new' : 'strict';
}

function knownHosts(target: Readonly<Target>, found: SshHostConfig | undefined): readonly string[] | undefined {
  if (target.knownHosts !== undefined) return [target.knownHosts].flat();
  const user = found?.userKnownHostsFiles;
  const global = found?.globalKnownHostsFiles;
  if (user === undefined && global === undefined) return undefined;
  return [...(user ?? ['~/.ssh/known_hosts']), ...(global ?? ['/etc/ssh/ssh_known_hosts'])];
}

function configuredKeepAlive(found: SshHostConfig | undefined): KeepAlive | false {
  const seconds = found?.serverAliveIntervalSeconds;
  if (seconds === undefined) return DEFAULT_KEEP_ALIVE;
  return seconds === 0 ? false : { interval: seconds * 1000, countMax: found?.serverAliveCountMax ?? 3 };
}

/** The variables that ssh_config has us send with each session (SendEnv, SetEnv). */
function environment(found: SshHostConfig | undefined): Readonly<Record<string, string>> {
  if (found === undefined) return {};
  const sent: Record<string, string> = {};
  // All that there are are costly to read, and seldom asked for.
  const names = found.sendEnv.length === 0 ? [] : Object.keys(process.env);
  for (const name of names) {
    const value = found.sendEnv.some((pattern) => matchesPattern(pattern, name)) ? process.env[name] : undefined;
    if (value !== undefined) sent[name] = value;
  }
  return { ...sent, ...found.setEnv };
}

/** The socket of the agent that the far machine may ask (ForwardAgent), where ssh_config says so. */
function forwardedAgent(
  target: Readonly<Target>,
  found: SshHostConfig | undefined,
  agent: string | undefined,
): string | undefined {
  const forward = found?.forwardAgent;
  if (forward === undefined || forward === false || target.agent === false) return undefined;
  return typeof forward === 'string' ? forward : agent;
}
