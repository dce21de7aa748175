import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { concealTarget } from '../../../src/connection/conceal-target.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import { SshConfig } from '../../../src/inventory/ssh-config/ssh-config.js';
import type { HopLike, JumpHost, Target } from '../../../src/inventory/target.js';
import type { SshEndpoint } from '../../../src/transport/ssh2/endpoint.js';
import { resolveEndpoint } from '../../../src/transport/ssh2/resolve-endpoint.js';
import type { ResolvedTarget } from '../../../src/transport/ssh2/resolve-target.js';

beforeEach(() => {
  vi.stubEnv('SSH_AUTH_SOCK', '/run/agent');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** What becomes of a target; `configs` are the texts of ssh_config files by name, `''` that of the default one. */
function resolved(
  target: string | Partial<Target>,
  configs: string | Readonly<Record<string, string>> = {},
): Promise<ResolvedTarget> {
  const texts = typeof configs === 'string' ? { '': configs } : configs;
  const whole: Target = typeof target === 'string' ? { host: target } : { host: 'web1', ...target };
  return resolveEndpoint(whole, async (choice) => {
    if (choice === false) return undefined;
    const text = texts[choice === true ? '' : choice];
    return text === undefined ? undefined : SshConfig.parse(text, { home: '/home/me' });
  });
}

async function endpointOf(...args: Parameters<typeof resolved>): Promise<SshEndpoint> {
  return (await resolved(...args)).endpoint;
}

/** The hops on the way, the one nearest to us first. */
function hopsOf(endpoint: SshEndpoint): SshEndpoint[] {
  return endpoint.route.kind === 'jump' ? [...hopsOf(endpoint.route.through), endpoint.route.through] : [];
}

async function nearestHop(...args: Parameters<typeof resolved>): Promise<SshEndpoint> {
  const hop = hopsOf(await endpointOf(...args)).at(-1);
  if (hop === undefined) throw new Error('there is no hop');
  return hop;
}

const FAST = { interval: 5000, countMax: 7 };

describe('an endpoint', () => {
  it('is made of defaults where nothing is said', async () => {
    const { endpoint, connectTimeout } = await resolved('web1');
    expect(connectTimeout).toBeUndefined();
    expect(endpoint).toMatchObject({
      name: 'web1',
      host: 'web1',
      port: 22,
      username: userInfo().username,
      route: { kind: 'direct', family: 0, bindAddress: undefined },
      hostKey: 'strict',
      hashKnownHosts: false,
      algorithms: {},
      keepAlive: { interval: 15_000, countMax: 3 },
      attempts: 1,
      environment: {},
    });
    expect(endpoint.knownHosts).toBeUndefined();
    expect(endpoint.forwardAgent).toBeUndefined();
    expect(endpoint.credentials).toMatchObject({ agent: '/run/agent', identitiesOnly: false, certificates: [] });
    expect(endpoint.credentials.keys).toEqual(
      ['id_rsa', 'id_ecdsa', 'id_ed25519'].map((name) => ({
        key: join(homedir(), '.ssh', name),
        origin: 'default',
      })),
    );
  });

  it.each<[string, Partial<Target>, string, object]>([
    ['HostName', {}, 'Host web1\n HostName 10.0.0.1', { name: 'web1', host: '10.0.0.1' }],
    ['Port', {}, 'Port 2200', { port: 2200 }],
    ['Port, and a port of its own', { port: 2201 }, 'Port 2200', { port: 2201 }],
    ['User', {}, 'User deploy', { username: 'deploy' }],
    ['User, and a user of its own', { username: 'me' }, 'User deploy', { username: 'me' }],
    ['a key of its own', { key: 'front' }, '', { name: 'front', host: 'web1' }],
    ['HostKeyAlias', {}, 'HostKeyAlias web', { hostKeyAlias: 'web' }],
    ['StrictHostKeyChecking yes', {}, 'StrictHostKeyChecking yes', { hostKey: 'strict' }],
    ['StrictHostKeyChecking ask', {}, 'StrictHostKeyChecking ask', { hostKey: 'strict' }],
    ['StrictHostKeyChecking accept-new', {}, 'StrictHostKeyChecking accept-new', { hostKey: 'accept-new' }],
    ['StrictHostKeyChecking no', {}, 'StrictHostKeyChecking no', { hostKey: 'accept-new' }],
    ['a policy of its own', { hostKey: 'strict' }, 'StrictHostKeyChecking no', { hostKey: 'strict' }],
    ['HashKnownHosts', {}, 'HashKnownHosts yes', { hashKnownHosts: true }],
    ['UserKnownHostsFile', {}, 'UserKnownHostsFile /a /b', { knownHosts: ['/a', '/b', '/etc/ssh/ssh_known_hosts'] }],
    ['GlobalKnownHostsFile', {}, 'GlobalKnownHostsFile /g', { knownHosts: ['~/.ssh/known_hosts', '/g'] }],
    ['UserKnownHostsFile none', {}, 'UserKnownHostsFile none\nGlobalKnownHostsFile /g', { knownHosts: ['/g'] }],
    ['files of its own', { knownHosts: '/mine' }, 'UserKnownHostsFile /a', { knownHosts: ['/mine'] }],
    ['no files of its own', { knownHosts: [] }, 'UserKnownHostsFile /a', { knownHosts: [] }],
    ['ServerAliveInterval', {}, 'ServerAliveInterval 5', { keepAlive: { interval: 5000, countMax: 3 } }],
    ['ServerAliveCountMax', {}, 'ServerAliveInterval 5\nServerAliveCountMax 7', { keepAlive: FAST }],
    ['ServerAliveInterval 0', {}, 'ServerAliveInterval 0', { keepAlive: false }],
    ['a keep-alive of its own', { keepAlive: FAST }, 'ServerAliveInterval 0', { keepAlive: FAST }],
    ['no keep-alive of its own', { keepAlive: false }, 'ServerAliveInterval 5', { keepAlive: false }],
    ['ConnectionAttempts', {}, 'ConnectionAttempts 3', { attempts: 3 }],
    ['AddressFamily inet', {}, 'AddressFamily inet', { route: { family: 4 } }],
    ['AddressFamily inet6', {}, 'AddressFamily inet6', { route: { family: 6 } }],
    ['AddressFamily any', {}, 'AddressFamily any', { route: { family: 0 } }],
    ['BindAddress', {}, 'BindAddress 10.0.0.9', { route: { bindAddress: '10.0.0.9' } }],
    ['ProxyCommand', {}, 'ProxyCommand nc %h %p', { route: { kind: 'command', command: 'nc web1 22' } }],
    ['a command of its own', { proxyCommand: 'nc a 1' }, 'ProxyCommand nc b 2', { route: { command: 'nc a 1' } }],
    ['a command, no hops', { proxyCommand: 'nc a 1' }, 'ProxyJump bastion', { route: { command: 'nc a 1' } }],
    ['hops, no command', { proxyJump: 'gate' }, 'Host web1\n ProxyCommand nc b 2', { route: { kind: 'jump' } }],
    ['no way but the direct one', { proxyJump: [] }, 'ProxyJump bastion', { route: { kind: 'direct' } }],
    ['a command, and no hops', { proxyJump: [], proxyCommand: 'nc a 1' }, '', { route: { kind: 'command' } }],
    ['no hops, and no command either', { proxyJump: [] }, 'ProxyCommand nc b 2', { route: { kind: 'direct' } }],
    ['SetEnv', {}, 'SetEnv LANG=C FOO=bar', { environment: { LANG: 'C', FOO: 'bar' } }],
    ['a port that is left undefined', { port: undefined } as object, 'Port 2200', { port: 2200 }],
    ['no ssh_config', { sshConfig: false }, 'Port 2200', { port: 22 }],
  ])('heeds %s', async (_what, target, config, expected) => {
    expect(await endpointOf(target, config)).toMatchObject(expected);
  });

  it.each<[string, Partial<Target>, string, number | undefined]>([
    ['ConnectTimeout, in seconds', {}, 'ConnectTimeout 7', 7000],
    ['no ConnectTimeout', {}, '', undefined],
    ['one of its own', { connectTimeout: 50 }, 'ConnectTimeout 7', 50],
  ])('is connected within %s', async (_what, target, config, expected) => {
    expect((await resolved(target, config)).connectTimeout).toBe(expected);
  });

  it('sends those variables that SendEnv names, and SetEnv has the last word', async () => {
    vi.stubEnv('LC_ALL', 'C');
    vi.stubEnv('LC_TIME', 'de_DE');
    vi.stubEnv('SECRET_TOKEN', 'x');
    const { environment } = await endpointOf('web1', 'SendEnv LC_ALL LC_T*\nSetEnv LC_ALL=POSIX');
    expect(environment).toEqual({ LC_ALL: 'POSIX', LC_TIME: 'de_DE' });
  });
});

describe('the credentials of an endpoint', () => {
  it('are its own keys, then those of ssh_config, and then no others', async () => {
    const { credentials } = await endpointOf(
      { privateKey: ['/mine', Buffer.from('text')] },
      'IdentityFile ~/.ssh/work',
    );
    expect(credentials.keys).toEqual([
      { key: '/mine', origin: 'given' },
      { key: Buffer.from('text'), origin: 'given' },
      { key: '/home/me/.ssh/work', origin: 'config' },
    ]);
  });

  it.each<[string, Partial<Target>, string, object]>([
    ['IdentitiesOnly', {}, 'IdentitiesOnly yes', { identitiesOnly: true }],
    ['IdentityAgent', {}, 'IdentityAgent /other', { agent: '/other' }],
    ['IdentityAgent none', {}, 'IdentityAgent none', { agent: undefined }],
    ['an agent of its own', { agent: '/mine' }, 'IdentityAgent /other', { agent: '/mine' }],
    ['agent: false', { agent: false }, 'IdentityAgent /other', { agent: undefined }],
    ['CertificateFile', {}, 'CertificateFile /c', { certificates: ['/c'] }],
    ['PreferredAuthentications', {}, 'PreferredAuthentications password', { preferred: ['password'] }],
    ['PubkeyAuthentication no', {}, 'PubkeyAuthentication no\nIdentityFile /k', { agent: undefined, keys: [] }],
    ['IdentityFile none', {}, 'IdentityFile none', { keys: [] }],
    [
      'PubkeyAuthentication no, and a key and an agent of its own',
      { privateKey: '/mine', agent: '/a' },
      'PubkeyAuthentication no',
      { agent: '/a', keys: [{ key: '/mine', origin: 'given' }] },
    ],
  ])('heed %s', async (_what, target, config, expected) => {
    expect((await endpointOf(target, config)).credentials).toMatchObject(expected);
  });

  it('have no agent where the environment names none', async () => {
    vi.stubEnv('SSH_AUTH_SOCK', '');
    expect((await endpointOf('web1')).credentials.agent).toBeUndefined();
  });

  it.each<[string, Partial<Target>, string, string | undefined]>([
    ['no ForwardAgent', {}, '', undefined],
    ['ForwardAgent no', {}, 'ForwardAgent no', undefined],
    ['ForwardAgent yes', {}, 'ForwardAgent yes', '/run/agent'],
    ['ForwardAgent with a socket', {}, 'ForwardAgent /f', '/f'],
    ['ForwardAgent yes and IdentityAgent, as in ssh', {}, 'ForwardAgent yes\nIdentityAgent /i', '/i'],
    ['ForwardAgent yes and IdentityAgent none', {}, 'ForwardAgent yes\nIdentityAgent none', undefined],
    ['ForwardAgent yes and an agent of its own', { agent: '/mine' }, 'ForwardAgent yes', '/mine'],
    ['ForwardAgent yes and agent: false', { agent: false }, 'ForwardAgent yes', undefined],
    ['a socket and agent: false', { agent: false }, 'ForwardAgent /f', undefined],
    ['no keys at all', {}, 'ForwardAgent yes\nPubkeyAuthentication no', '/run/agent'],
  ])('forward the agent with %s', async (_what, target, config, expected) => {
    expect((await endpointOf(target, config)).forwardAgent).toBe(expected);
  });
});

describe('the way through jump hosts', () => {
  it('is that of ssh_config, each hop with its own settings', async () => {
    const config = [
      'Host web1\n ProxyJump first,user@second:2200',
      'Host first\n HostName 10.0.0.1\n Port 2222\n User gate\n StrictHostKeyChecking accept-new',
      'Host second\n Port 1\n IdentityFile /second',
    ].join('\n');
    const endpoint = await endpointOf('web1', config);
    expect(hopsOf(endpoint)).toMatchObject([
      { name: 'first', host: '10.0.0.1', port: 2222, username: 'gate', hostKey: 'accept-new' },
      { name: 'second', host: 'second', port: 2200, username: 'user', hostKey: 'strict' },
    ]);
    expect(hopsOf(endpoint)[1]?.credentials.keys).toEqual([{ key: '/second', origin: 'config' }]);
  });

  it('goes on through the hops of the first hop, and of no other', async () => {
    const config = 'Host first\n ProxyJump zeroth\nHost second\n ProxyJump never';
    const endpoint = await endpointOf({ proxyJump: ['first', 'second'] }, config);
    expect(hopsOf(endpoint).map((hop) => hop.name)).toEqual(['zeroth', 'first', 'second']);
  });

  it('may begin at an open connection', async () => {
    const open: JumpHost = { id: 'me@bastion:22', host: 'bastion', dial: () => Promise.reject(new Error('no')) };
    expect((await endpointOf({ proxyJump: open })).route).toEqual({ kind: 'borrowed', through: open });
    const [hop] = hopsOf(await endpointOf({ proxyJump: [open, 'second'] }));
    expect(hop).toMatchObject({ name: 'second', route: { kind: 'borrowed', through: open } });
  });

  it('that goes in a circle is refused', async () => {
    const config = 'Host web1\n ProxyJump a\nHost a\n ProxyJump b\nHost b\n ProxyJump a';
    await expect(resolved('web1', config)).rejects.toThrow(OptionError);
    await expect(resolved('web1', config)).rejects.toThrow('its jump hosts lead in a circle');
    await expect(resolved('web1', 'ProxyJump bastion')).rejects.toThrow('ProxyJump sends bastion through itself');
  });

  it.each(['local:', 'telnet://gate', 'openssh://gate'])('cannot lead over %s', async (hop) => {
    await expect(resolved({ proxyJump: hop })).rejects.toThrow(OptionError);
  });

  it('takes over what describes our side', async () => {
    const mine = {
      knownHosts: ['/mine'],
      agent: '/agent',
      privateKey: '/key',
      passphrase: 'words',
      sshConfig: 'other',
    } as const;
    const hop = await nearestHop({ ...mine, proxyJump: 'gate' }, { other: 'Host gate\n Port 2200' });
    expect(hop).toMatchObject({
      port: 2200,
      knownHosts: ['/mine'],
      credentials: { agent: '/agent', passphrase: 'words' },
    });
    expect(hop.credentials.keys[0]).toEqual({ key: '/key', origin: 'given' });
  });

  it('takes over for every hop from the target, not from the hop behind it', async () => {
    const second: Target = { host: 'second', privateKey: '/second', agent: false, hostKey: 'insecure-accept-any' };
    const target: Partial<Target> = { privateKey: '/key', hostKey: 'accept-new', proxyJump: ['first', second] };
    const [one, two] = hopsOf(await endpointOf(target));
    expect(one?.credentials).toMatchObject({ agent: '/run/agent', keys: [{ key: '/key' }, {}, {}, {}] });
    expect(two?.credentials).toMatchObject({ agent: undefined, keys: [{ key: '/second' }, {}, {}, {}] });
    expect([one?.hostKey, two?.hostKey]).toEqual(['accept-new', 'insecure-accept-any']);
  });

  it('never takes over a password or answers, which were meant for one machine', async () => {
    const keyboardInteractive = async (): Promise<string[]> => [];
    const hop = await nearestHop({
      password: 'hunter2',
      keyboardInteractive,
      username: 'me',
      port: 1,
      proxyJump: 'gate',
    });
    expect(hop.credentials).toMatchObject({ password: undefined, keyboardInteractive: undefined });
    expect([hop.username, hop.port]).toEqual([userInfo().username, 22]);
  });

  const acceptAll = (): boolean => true;
  it.each<[Target['hostKey'], unknown]>([
    ['strict', 'strict'],
    ['accept-new', 'accept-new'],
    ['insecure-accept-any', 'strict'],
    [{ fingerprints: [`SHA256:${'A'.repeat(43)}`] }, 'strict'],
    [acceptAll, acceptAll],
  ])('with the policy %s of the target checks its hops by %s', async (hostKey, expected) => {
    const target = { proxyJump: 'gate', ...(hostKey === undefined ? {} : { hostKey }) };
    expect((await nearestHop(target)).hostKey).toBe(expected);
  });

  it('is held to strict also where ssh_config is milder, if the target says so', async () => {
    const config = 'Host gate\n StrictHostKeyChecking no';
    expect((await nearestHop({ proxyJump: 'gate' }, config)).hostKey).toBe('accept-new');
    expect((await nearestHop({ proxyJump: 'gate', hostKey: 'strict' }, config)).hostKey).toBe('strict');
  });

  it('lets each hop have an ssh_config of its own, or none', async () => {
    const configs = { '': 'Host *\n User main', other: 'Host *\n User other' };
    const proxyJump: HopLike[] = [{ host: 'a', sshConfig: false }, { host: 'b', sshConfig: 'other' }, { host: 'c' }];
    const endpoint = await endpointOf({ proxyJump }, configs);
    expect(hopsOf(endpoint).map((hop) => hop.username)).toEqual([userInfo().username, 'other', 'main']);
  });

  it('keeps the secrets of a hop whose target was concealed', async () => {
    const target = concealTarget({ host: 'web1', proxyJump: { host: 'gate', password: 'hunter2' } });
    expect((await nearestHop(target)).credentials.password).toBe('hunter2');
  });
});
