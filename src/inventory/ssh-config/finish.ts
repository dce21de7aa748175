import { refuseUnsafe } from './command-safety.js';
import type { SettingSource, SshHostConfig, SshHostQuery } from './host-config.js';
import { type ConfigPosition, errorAt } from './lexer.js';
import { expandTilde, type LocalMachine } from './local-machine.js';
import { canonicalKeyword } from './options.js';
import { asciiLowerCase } from './pattern.js';
import type { JumpHost } from './proxy-jump.js';
import type { Draft, Settings } from './settings.js';
import { allTokens, type Environment, expand, onlyTokens, type TokenLookup, type TokenValues } from './tokens.js';

/** A host's collected settings, and what they are expanded with. */
export interface Collected {
  readonly draft: Draft;
  readonly query: SshHostQuery;
  readonly local: LocalMachine;
  readonly hostName: string;
  readonly env: Environment;
}

const DEFAULT_PORT = 22;

/** What the tokens stand for, by what is known of the host. */
export function tokenValues(about: {
  readonly settings: Settings;
  readonly local: LocalMachine;
  readonly originalHost: string;
  readonly hostName: string;
  readonly user: string | undefined;
}): TokenValues {
  const { settings, local, originalHost, hostName, user } = about;
  const { proxyjump } = settings;
  return {
    h: hostName,
    n: originalHost,
    p: String(settings.port ?? DEFAULT_PORT),
    r: user,
    j: typeof proxyjump === 'string' ? '' : (proxyjump?.at(-1)?.host ?? ''),
    k: settings.hostkeyalias === undefined ? originalHost : asciiLowerCase(settings.hostkeyalias),
    u: local.user,
    i: String(local.uid),
    d: local.home,
    l: local.hostname,
  };
}

/** Expands what was collected, and checks what only shows when all is known. */
export function finishConfig(collected: Collected): SshHostConfig {
  const { draft, query, local, hostName } = collected;
  const { settings } = draft;
  const user = query.username ?? expandUser(collected);
  const expander = new Expander(collected, user);
  return {
    originalHost: query.host,
    hostName,
    port: settings.port,
    user,
    identityFiles: draft.identityFiles
      .filter(({ text }) => text.toLowerCase() !== 'none')
      .map(({ text, at }) => expander.path(text, at, 'IdentityFile')),
    defaultIdentities: draft.identityFiles.length === 0,
    identitiesOnly: settings.identitiesonly,
    identityAgent: expander.agent('identityagent', 'IdentityAgent'),
    certificateFiles: draft.certificateFiles.map(({ text, at }) => expander.path(text, at, 'CertificateFile')),
    proxyJump: expander.proxyJump(),
    proxyCommand: expander.proxyCommand(),
    userKnownHostsFiles: settings.userknownhostsfile?.map((path) =>
      expander.path(path, positionOf(draft, 'userknownhostsfile'), 'UserKnownHostsFile'),
    ),
    globalKnownHostsFiles: settings.globalknownhostsfile?.map((path) => expandTilde(path, local.home) ?? path),
    hashKnownHosts: settings.hashknownhosts,
    strictHostKeyChecking: settings.stricthostkeychecking,
    hostKeyAlias: settings.hostkeyalias === undefined ? undefined : asciiLowerCase(settings.hostkeyalias),
    connectTimeoutSeconds: settings.connecttimeout,
    connectionAttempts: checkAttempts(draft),
    serverAliveIntervalSeconds: settings.serveraliveinterval,
    serverAliveCountMax: settings.serveralivecountmax,
    ciphers: settings.ciphers,
    macs: settings.macs,
    kexAlgorithms: settings.kexalgorithms,
    hostKeyAlgorithms: settings.hostkeyalgorithms,
    pubkeyAcceptedAlgorithms: settings.pubkeyacceptedalgorithms,
    preferredAuthentications: settings.preferredauthentications,
    pubkeyAuthentication: settings.pubkeyauthentication,
    passwordAuthentication: settings.passwordauthentication,
    kbdInteractiveAuthentication: settings.kbdinteractiveauthentication,
    sendEnv: draft.sendEnv,
    setEnv: assignments(settings.setenv ?? []),
    forwardAgent: expander.forwardAgent(),
    compression: settings.compression,
    addressFamily: settings.addressfamily,
    bindAddress: settings.bindaddress,
    source: (keyword) => sourceOf(draft.positionOf(canonicalKeyword(keyword))),
  };
}

/** User takes every token but those that are made of the user itself (`%r`, `%C`). */
function expandUser({ draft, query, local, hostName, env }: Collected): string | undefined {
  const { settings } = draft;
  if (settings.user === undefined) return undefined;
  const values = tokenValues({ settings, local, originalHost: query.host, hostName, user: undefined });
  const at = positionOf(draft, 'user');
  return expand(settings.user, { tokens: allTokens(values), env, fail: (what) => unexpanded('User', what, at) });
}

class Expander {
  readonly #collected: Collected;
  readonly #user: string;
  readonly #tokens: TokenLookup;

  constructor(collected: Collected, user: string | undefined) {
    const { draft, query, local, hostName } = collected;
    this.#collected = collected;
    this.#user = user ?? local.user;
    this.#tokens = allTokens(
      tokenValues({ settings: draft.settings, local, originalHost: query.host, hostName, user: this.#user }),
    );
  }

  path(text: string, at: ConfigPosition, keyword: string): string {
    const { local, env } = this.#collected;
    const path = expandTilde(text, local.home);
    if (path === undefined) throw unexpanded(keyword, `${text} begins with a user that does not exist.`, at);
    return expand(path, { tokens: this.#tokens, env, fail: (what) => unexpanded(keyword, what, at) });
  }

  /** A socket: a path, `none`, or the variable that holds it, as `SSH_AUTH_SOCK` or `$NAME`. */
  agent(key: 'identityagent' | 'forwardagentpath', keyword: string): string | false | undefined {
    const { draft, env } = this.#collected;
    const text = draft.settings[key];
    if (text === undefined) return undefined;
    if (text === 'none') return false;
    const variable = text === 'SSH_AUTH_SOCK' ? text : /^\$(\w+)$/.exec(text)?.[1];
    return variable === undefined ? this.path(text, positionOf(draft, key), keyword) : (env[variable] ?? false);
  }

  forwardAgent(): boolean | string | undefined {
    const { forwardagent } = this.#collected.draft.settings;
    return forwardagent === true ? (this.agent('forwardagentpath', 'ForwardAgent') ?? true) : forwardagent;
  }

  proxyCommand(): string | undefined {
    const { draft, query } = this.#collected;
    const { proxycommand } = draft.settings;
    if (proxycommand === undefined || proxycommand.toLowerCase() === 'none') return undefined;
    refuseUnsafe(query, 'the ProxyCommand');
    const at = positionOf(draft, 'proxycommand');
    const tokens = onlyTokens(this.#tokens, 'hknpr');
    return expand(proxycommand, { tokens, fail: (what) => unexpanded('ProxyCommand', what, at) });
  }

  proxyJump(): readonly JumpHost[] | undefined {
    const { draft, hostName } = this.#collected;
    const { proxyjump, port = DEFAULT_PORT } = draft.settings;
    if (proxyjump === undefined || typeof proxyjump === 'string') return undefined;
    const at = positionOf(draft, 'proxyjump');
    const tokens = onlyTokens(this.#tokens, 'hknpr');
    const fill = (text: string): string => expand(text, { tokens, fail: (what) => unexpanded('ProxyJump', what, at) });
    const hops = proxyjump.map((hop) => ({
      host: fill(hop.host),
      username: hop.username === undefined ? undefined : fill(hop.username),
      port: hop.port,
    }));
    const last = hops.at(-1);
    const isItself =
      last?.host === hostName && (last.port ?? DEFAULT_PORT) === port && (last.username ?? this.#user) === this.#user;
    if (isItself) {
      throw errorAt(at, `ProxyJump sends ${hostName} through itself; leave it out with "Host * !${hostName}".`);
    }
    return hops;
  }
}

function checkAttempts(draft: Draft): number | undefined {
  const { connectionattempts } = draft.settings;
  if (connectionattempts !== 0) return connectionattempts;
  throw errorAt(positionOf(draft, 'connectionattempts'), 'Expected ConnectionAttempts to be at least 1, got 0.');
}

function assignments(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

function positionOf(draft: Draft, keyword: string): ConfigPosition {
  return draft.positionOf(keyword) ?? { file: undefined, line: 1, column: 1 };
}

function unexpanded(keyword: string, what: string, at: ConfigPosition): Error {
  return errorAt(at, `${keyword} cannot be expanded: ${what}`);
}

function sourceOf(position: ConfigPosition | undefined): SettingSource | undefined {
  return position === undefined ? undefined : { file: position.file, line: position.line };
}
