import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import { addedHosts } from '../../../src/inventory/ssh-config/added-hosts.js';
import { SshConfig } from '../../../src/inventory/ssh-config/ssh-config.js';
import type { Target } from '../../../src/inventory/target.js';
import { SessionPlaces } from '../../../src/session/session-place.js';
import { wantedSession } from '../../../src/session/wanted-session.js';
import { resolveEndpoint } from '../../../src/transport/ssh2/resolve-endpoint.js';
import { waitUntil } from '../../rigs/wait-until.js';

const directory = mkdtempSync(join(tmpdir(), 'hawser-sessions-'));
afterAll(() => rmSync(directory, { recursive: true }));

const sshConfig = join(directory, 'config');
writeFileSync(
  sshConfig,
  `
Host web1 web1.example
  HostName 10.0.0.7
  User deploy
  Port 2222
Host behind
  HostName 10.0.0.7
  User deploy
  Port 2222
  ProxyJump ops@bastion:2200
Host alias
  HostName 10.0.0.7
  User deploy
  Port 2222
  HostKeyAlias web
Host work
  HostName 10.0.0.7
  User deploy
  Port 2222
  IdentityFile ~/.ssh/work
Host lax
  HostName 10.0.0.7
  User deploy
  Port 2222
  StrictHostKeyChecking accept-new
Host forwarding
  HostName 10.0.0.7
  User deploy
  Port 2222
  ForwardAgent /run/agent
Host variables
  HostName 10.0.0.7
  User deploy
  Port 2222
  SetEnv TZ=UTC
Host files
  HostName 10.0.0.7
  User deploy
  Port 2222
  UserKnownHostsFile ~/.ssh/others
Host bound
  HostName 10.0.0.7
  User deploy
  Port 2222
  BindAddress 10.0.0.1
`,
);

/** All that tests ask for unless they say otherwise is read from this configuration. */
function keyOf(like: string | Target, places: SessionPlaces = shared): string {
  const { target, names } = wantedSession(like);
  return places.of({ sshConfig, ...target }, names).key;
}
const shared = new SessionPlaces();
const web1: Target = { host: '10.0.0.7', port: 2222, username: 'deploy' };
const bastion = { host: 'bastion', port: 2200, username: 'ops' };
const keyText = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n';
const print = `SHA256:${'a'.repeat(43)}`;
const ask = (): boolean => true;

describe('the place of a session', () => {
  it.each<[string, string | Target]>([
    ['its alias as an object', { host: 'web1' }],
    ['another alias of the same', 'web1.example'],
    ['the alias with what ssh_config says anyway', 'deploy@web1:2222'],
    ['the alias as a URL', 'ssh://deploy@web1:2222'],
    ['host, port and user that ssh_config means', web1],
    ['the same as text', 'deploy@10.0.0.7:2222'],
    ['the protocol that is the default', { ...web1, protocol: 'ssh' }],
    ['a name in a fleet', { ...web1, key: 'the web server' }],
    ['a password', { ...web1, password: 'secret' }],
    ['a passphrase and answers', { ...web1, passphrase: () => 'x', keyboardInteractive: async () => [] }],
    ['another agent, or none', { ...web1, agent: false }],
    ['time limits', { ...web1, connectTimeout: 5, keepAlive: false }],
    ['the host key policy that is the default', { ...web1, hostKey: 'strict' }],
    ['threadSafe where it is the default', { ...web1, threadSafe: false }],
    ['no jump host', { ...web1, proxyJump: [] }],
    ['fields that are undefined', { ...web1, privateKey: undefined, proxyJump: undefined } as unknown as Target],
  ])('is the same for web1 and %s', (_, other) => {
    expect(keyOf(other)).toBe(keyOf('web1'));
  });

  it.each<[string, string | Target]>([
    ['another user', 'root@web1'],
    ['another port', 'web1:22'],
    ['another host', { ...web1, host: '10.0.0.8' }],
    ['a jump host', { ...web1, proxyJump: 'bastion' }],
    ['the jump host of an alias', 'behind'],
    ['a proxy command', { ...web1, proxyCommand: 'nc %h %p' }],
    ['a HostKeyAlias', 'alias'],
    ['a private key', { ...web1, privateKey: '/keys/a' }],
    ['the text of a key', { ...web1, privateKey: keyText }],
    ['an IdentityFile', 'work'],
    ['a laxer policy', { ...web1, hostKey: 'accept-new' }],
    ['a laxer policy of ssh_config', 'lax'],
    ['no policy', { ...web1, hostKey: 'insecure-accept-any' }],
    ['fingerprints', { ...web1, hostKey: { fingerprints: [print] } }],
    ['a function that judges', { ...web1, hostKey: ask }],
    ['other known_hosts', { ...web1, knownHosts: '/etc/known' }],
    ['other known_hosts of ssh_config', 'files'],
    ['none', { ...web1, knownHosts: [] }],
    ['the lock of the connection', { ...web1, threadSafe: true }],
    ['algorithms', { ...web1, algorithms: { cipher: ['aes128-ctr'] } }],
    ['an agent that is forwarded', 'forwarding'],
    ['variables that are sent', 'variables'],
    ['an address of ours', 'bound'],
    ["the system's ssh", { ...web1, protocol: 'openssh' }],
    ['telnet', { ...web1, protocol: 'telnet' }],
    ['this machine', 'local:'],
  ])('is another for %s', (_, other) => {
    expect(keyOf(other)).not.toBe(keyOf('web1'));
  });

  it.each<[string, string | Target, string | Target]>([
    ['a jump host by its fields', { ...web1, proxyJump: 'ops@bastion:2200' }, { ...web1, proxyJump: [bastion] }],
    ['the jump host that ssh_config names', 'behind', { ...web1, proxyJump: bastion }],
    [
      'a jump host whose protocol is said',
      { ...web1, proxyJump: bastion },
      { ...web1, proxyJump: { ...bastion, protocol: 'ssh' } },
    ],
    ['the path of a key with a tilde', { ...web1, privateKey: '~/k' }, { ...web1, privateKey: [join(homedir(), 'k')] }],
    ['an IdentityFile that is given besides', 'work', { host: 'work', privateKey: '~/.ssh/work' }],
    ['an IdentityFile that is given alone', 'work', { ...web1, privateKey: '~/.ssh/work' }],
    ["a key's text in a buffer", { ...web1, privateKey: keyText }, { ...web1, privateKey: Buffer.from(keyText) }],
    ['files of known hosts', { ...web1, knownHosts: '~/kh' }, { ...web1, knownHosts: [join(homedir(), 'kh')] }],
    [
      'fingerprints in another order',
      { ...web1, hostKey: { fingerprints: [print, `SHA256:${'b'.repeat(43)}`] } },
      { ...web1, hostKey: { fingerprints: [`SHA256:${'b'.repeat(43)}=`, print] } },
    ],
    ['one function', { ...web1, hostKey: ask }, { ...web1, hostKey: ask }],
    ['names for this machine', 'local:', 'local:build'],
    ["telnet's port", 'telnet://router', 'telnet://router:23'],
    ["the system's ssh by an alias", 'openssh://web1', 'openssh://deploy@10.0.0.7:2222'],
    [
      "jump hosts of the system's ssh",
      { ...web1, protocol: 'openssh', proxyJump: bastion },
      { ...web1, protocol: 'openssh', proxyJump: { ...bastion, protocol: 'openssh' } },
    ],
  ])('is the same for %s', (_, one, other) => {
    expect(keyOf(one)).toBe(keyOf(other));
  });

  it.each<[string, Target, Target]>([
    ['two jump hosts', { ...web1, proxyJump: 'a' }, { ...web1, proxyJump: 'b' }],
    ['jump hosts in another order', { ...web1, proxyJump: ['a', 'b'] }, { ...web1, proxyJump: ['b', 'a'] }],
    ['two users of a jump host', { ...web1, proxyJump: 'x@a' }, { ...web1, proxyJump: 'y@a' }],
    [
      'a jump host that is judged less strictly',
      { ...web1, proxyJump: 'a' },
      { ...web1, proxyJump: { host: 'a', hostKey: 'accept-new' } },
    ],
    ['two proxy commands', { ...web1, proxyCommand: 'a' }, { ...web1, proxyCommand: 'b' }],
    ['two keys', { ...web1, privateKey: 'a' }, { ...web1, privateKey: 'b' }],
    ['keys in another order', { ...web1, privateKey: ['a', 'b'] }, { ...web1, privateKey: ['b', 'a'] }],
    ['two functions', { ...web1, hostKey: () => true }, { ...web1, hostKey: () => true }],
    ['two users of telnet', { ...web1, protocol: 'telnet' }, { ...web1, protocol: 'telnet', username: 'root' }],
    ['telnet by a jump host', { ...web1, protocol: 'telnet' }, { ...web1, protocol: 'telnet', proxyJump: 'a' }],
  ])('is another for %s', (_, one, other) => {
    expect(keyOf(one)).not.toBe(keyOf(other));
  });

  it('tells open connections on the way apart, whatever they are called', () => {
    const through = (): SshConnection => new SshConnection({ target: bastion });
    const [one, other] = [through(), through()];
    expect(keyOf({ ...web1, proxyJump: one })).toBe(keyOf({ ...web1, proxyJump: one }));
    expect(keyOf({ ...web1, proxyJump: one })).not.toBe(keyOf({ ...web1, proxyJump: other }));
  });

  it('shows no secret, and nothing that one could be guessed from', () => {
    const place = shared.of({ ...web1, sshConfig: false, password: 'open sesame', privateKey: keyText });
    expect(JSON.stringify(place)).not.toMatch(/sesame|AAAA|BEGIN/);
    expect(place.key).toMatch(/^[\w-]{43}$/);
  });

  it('names the hops with the way to each', () => {
    const { via, hops } = shared.of({ ...web1, sshConfig, proxyJump: ['ops@a:1', 'ops@b'] });
    expect(via).toEqual(['ops@a:1', 'ops@b:22']);
    expect(hops).toEqual([
      { name: 'a:1', place: 'a:1' },
      { name: 'b:22', place: 'b:22 via a:1' },
      { name: '10.0.0.7:2222', place: '10.0.0.7:2222 via b:22 via a:1' },
    ]);
  });

  it('follows a configuration that is changed, and one that it includes', async () => {
    const parts = join(directory, 'parts');
    const main = join(directory, 'main');
    mkdirSync(parts);
    writeFileSync(main, `Include ${parts}/*\n`);
    const key = (): string => keyOf({ host: 'web5', sshConfig: main });
    const before = key();
    writeFileSync(join(parts, 'one'), 'Host web5\n  HostName 10.0.0.7\n');
    await waitUntil('the new file to be read', () => key() !== before);
    rmSync(main);
    await waitUntil('an error', () => {
      try {
        return key() === '';
      } catch (error) {
        return error instanceof OptionError;
      }
    });
  });

  describe('of hosts that are added by hand', () => {
    afterEach(() => addedHosts.remove('web9'));

    it('changes with them at once', () => {
      const before = keyOf('web9');
      addedHosts.add({ host: 'web9', hostName: '10.0.0.7', user: 'deploy', port: 2222 });
      expect(keyOf('web9')).not.toBe(before);
      expect(keyOf('web9')).toBe(keyOf('web1'));
    });
  });

  const name = fc.constantFrom('web1', 'work', '10.0.0.7', 'b', '::1');
  const someTarget: fc.Arbitrary<Target> = fc.record(
    {
      host: name,
      port: fc.constantFrom(22, 2222),
      username: fc.constantFrom('deploy', 'root'),
      privateKey: fc.constantFrom('/k/a', '/k/b'),
      hostKey: fc.constantFrom('strict' as const, 'accept-new' as const),
      knownHosts: fc.constantFrom('/kh/a', '/kh/b'),
      proxyJump: fc.constantFrom('b', 'root@b:2222', '[::1]:22'),
      threadSafe: fc.boolean(),
    },
    { requiredKeys: ['host'] },
  );

  it('is as much the same as what a connect would make of two targets', async () => {
    const config = SshConfig.loadSync(sshConfig);
    const counted = async (target: Target): Promise<unknown> => {
      const { endpoint } = await resolveEndpoint({ agent: false, sshConfig, ...target }, async () => config);
      const { name: _, credentials, route, ...rest } = endpoint;
      const keys = (of: typeof credentials): unknown =>
        of.keys.filter(({ origin }) => origin !== 'default').map(({ key }) => key);
      const way =
        route.kind === 'jump' ? { ...route.through, name: '', credentials: keys(route.through.credentials) } : route;
      return { ...rest, way, keys: keys(credentials), threadSafe: target.threadSafe ?? false };
    };
    await fc.assert(
      fc.asyncProperty(someTarget, someTarget, async (one, other) => {
        const [a, b] = [await counted(one), await counted(other)];
        expect(keyOf(one) === keyOf(other)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 300 },
    );
  });
});
