import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { OptionError, ParseError } from '../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { AddedHosts } from '../../../src/inventory/ssh-config/added-hosts.js';
import type { HostEntry } from '../../../src/inventory/ssh-config/host-entry.js';
import { SshConfig } from '../../../src/inventory/ssh-config/ssh-config.js';
import { resolveEndpoint } from '../../../src/transport/ssh2/resolve-endpoint.js';
import { SshContext } from '../../../src/transport/ssh2/ssh-context.js';
import { dumpOurs, hasSsh, normalizeDump, parseDump, runSsh, TEST_ENV } from './ssh-oracle.js';

if (!hasSsh) console.warn('SKIPPED: there is no ssh to compare added hosts with.');

const FULL: HostEntry = {
  host: 'web',
  hostName: '%h.example.org',
  user: 'dep loy',
  port: 2222,
  identityFile: ['~/.ssh/one', '/keys/"two" \\ three/%h'],
  certificateFile: '/keys/cert',
  identitiesOnly: true,
  identityAgent: '/run/agent of mine',
  proxyJump: ['me@first:22', 'second'],
  userKnownHostsFile: ['/a file', '/other'],
  hostKeyAlias: 'Alias',
  strictHostKeyChecking: 'accept-new',
  forwardAgent: '/run/forward',
};

/** The same as {@link FULL}, as one writes it. */
const WRITTEN = `Host web
  HostName %h.example.org
  User "dep loy"
  Port 2222
  IdentityFile ~/.ssh/one
  IdentityFile "/keys/\\"two\\" \\\\ three/%h"
  CertificateFile /keys/cert
  IdentitiesOnly yes
  IdentityAgent "/run/agent of mine"
  ProxyJump me@first:22,second
  UserKnownHostsFile "/a file" /other
  HostKeyAlias Alias
  StrictHostKeyChecking accept-new
  ForwardAgent /run/forward
`;

const BELOW = `Host web
  HostName nobody
  User nobody
  Port 1
  IdentityFile /keys/below
  ConnectTimeout 7
Host *
  IdentitiesOnly no
  Compression yes
`;

/** What a config says, without its way to say where. */
function settings(config: SshConfig, host: string): unknown {
  const { source: _, ...said } = config.resolve({ host });
  return said;
}

describe('hosts before those of ssh_config', () => {
  it('say what a block of it would say that stood before all else', () => {
    const added = SshConfig.parse(BELOW, { hosts: [FULL], env: TEST_ENV });
    const written = SshConfig.parse(WRITTEN + BELOW, { env: TEST_ENV });
    for (const host of ['web', 'other', 'WEB', 'web2']) expect(settings(added, host)).toEqual(settings(written, host));
    expect(added.resolve({ host: 'web' })).toMatchObject({ port: 2222, connectTimeoutSeconds: 7, compression: true });
    expect(added.resolve({ host: 'web', username: 'me', port: 9 })).toMatchObject({ user: 'me', port: 9 });
    expect(added.resolve({ host: 'web' }).source('Port')).toEqual({ file: 'addHosts', line: 3 });
    expect(added.aliases).toContain('web');
  });

  it.skipIf(!hasSsh)('say what ssh makes of that block', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'hawser-added-hosts-'));
    try {
      const file = join(directory, 'config');
      const empty = join(directory, 'empty');
      // ssh -G does not answer where a user has white space in it, or a socket is not there, and leaves tokens as they are.
      const entry = { ...FULL, user: 'deploy', forwardAgent: true, identityFile: ['~/.ssh/one', '/"two" \\ three'] };
      const written = WRITTEN.replace('"dep loy"', 'deploy')
        .replace('/run/forward', 'yes')
        .replace('/keys/\\"two', '/\\"two')
        .replace('three/%h', 'three');
      await writeFile(file, written + BELOW, { mode: 0o600 });
      await writeFile(empty, '', { mode: 0o600 });
      const [said, nothing] = await Promise.all([runSsh(file, ['-G', 'web']), runSsh(empty, ['-G', 'web'])]);
      expect(said.status).toBe(0);
      const ours = SshConfig.parse(BELOW, { hosts: [entry], env: TEST_ENV }).resolve({ host: 'web' });
      expect(dumpOurs(ours, parseDump(nothing.stdout))).toEqual(normalizeDump(parseDump(said.stdout)));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it('hold any text as it is, and never become another line', () => {
    const text = fc
      .string({ minLength: 1 })
      .filter((s) => !/[\u0000-\u001f\u007f%~$]/.test(s) && s.toLowerCase() !== 'none');
    fc.assert(
      fc.property(text, text, (file, alias) => {
        const config = SshConfig.parse('', { hosts: [{ host: 'web', identityFile: file, hostKeyAlias: alias }] });
        const said = config.resolve({ host: 'web' });
        expect(said.identityFiles).toEqual([file]);
        expect(said.hostKeyAlias).toBe(alias.replaceAll(/[A-Z]/g, (c) => c.toLowerCase()));
        expect(config.warnings).toEqual([]);
      }),
    );
  });
});

describe('a host entry', () => {
  const hosts = new AddedHosts();

  it.each<[field: string, entry: unknown]>([
    ['port', { host: 'a', port: 0 }],
    ['port', { host: 'a', port: '22' }],
    ['port', { host: 'a', port: 22.5 }],
    ['user', { host: 'a', user: '' }],
    ['user', { host: 'a', user: 'me; rm' }],
    ['host', { host: 'web*' }],
    ['host', { host: 'two words' }],
    ['host', { host: '' }],
    ['host', {}],
    ['host', { user: 'me' }],
    ['host', { host: 3 }],
    ['hostName', { hostName: 'a b' }],
    ['hostName', { host: 'a', hostname: '-oProxyCommand=x' }],
    ['hostName', { hostName: 'a', hostname: 'b' }],
    ['host', { hostName: '%h.example.org' }],
    ['identityFile', { host: 'a', identityFile: [] }],
    ['identityFile', { host: 'a', identityfile: 'a\nProxyCommand x' }],
    ['identitiesOnly', { host: 'a', identitiesOnly: 'yes' }],
    ['strictHostKeyChecking', { host: 'a', strictHostKeyChecking: 'off' }],
    ['forwardAgent', { host: 'a', forwardAgent: 1 }],
    ['proxyCommand', { host: 'a', proxyCommand: ['nc'] }],
    ['address', { host: 'a', address: 'b' }],
    ['password', { host: 'a', password: 's3cret' }],
    ['toString', { host: 'a', toString: 'x' }],
  ])('is refused by its field %s: %o', (field, entry) => {
    // @ts-expect-error: what callers without types may write
    const add = (): void => hosts.add([{ host: 'fine' }, entry]);
    expect(add).toThrow(OptionError);
    expect(add).toThrow(`\`${field}\``);
    expect(add).not.toThrow('s3cret');
    expect(hosts.entries).toEqual([]);
  });

  it.each([[null], ['web'], [3], [[['web']]], [[null]]])('is an object: not %o', (entry) => {
    // @ts-expect-error: what callers without types may write
    expect(() => hosts.add(entry)).toThrow(OptionError);
    expect(hosts.entries).toEqual([]);
  });

  it('goes by its host, or else its host name, in whatever case its fields are', () => {
    const config = SshConfig.parse('', {
      hosts: [{ hostname: 'db.example.org', identityfile: '/k' }, { HOST: 'x' } as HostEntry],
    });
    expect(config.resolve({ host: 'db.example.org' }).identityFiles).toEqual(['/k']);
    expect(config.aliases).toEqual(['db.example.org', 'x']);
  });

  it('whose tokens cannot be expanded is an error that says where it came from', () => {
    const config = SshConfig.parse('', { hosts: [{ host: 'a', identityFile: '/%q' }] });
    expect(() => config.resolve({ host: 'a' })).toThrow(ParseError);
    expect(() => config.resolve({ host: 'a' })).toThrow('addHosts');
  });
});

describe('MultiConnection.addHosts', () => {
  afterEach(() => MultiConnection.removeHosts(['web', 'gate']));

  const endpoint = async (context: SshContext, target: { host: string; port?: number; username?: string }) =>
    (await resolveEndpoint({ ...target, sshConfig: false, agent: false }, (choice) => context.config(choice))).endpoint;

  it('holds for whatever connects from then on, below the target, and until it is removed', async () => {
    const context = new SshContext();
    expect(await endpoint(context, { host: 'web' })).toMatchObject({ host: 'web', port: 22 });
    MultiConnection.addHosts({ host: 'web', hostName: '10.0.0.7', user: 'ci', port: 2222, proxyJump: 'gate' });
    MultiConnection.addHosts(new Set([{ host: 'gate', hostName: '10.0.0.1' }]));
    expect(await endpoint(context, { host: 'web', username: 'root' })).toMatchObject({
      host: '10.0.0.7',
      port: 2222,
      username: 'root',
      route: { kind: 'jump', through: { host: '10.0.0.1', port: 22 } },
    });
    MultiConnection.addHosts({ host: 'web', port: 2300 });
    expect(await endpoint(context, { host: 'web' })).toMatchObject({
      host: 'web',
      port: 2300,
      route: { kind: 'direct' },
    });
    MultiConnection.removeHosts('web');
    expect(await endpoint(context, { host: 'web' })).toMatchObject({ host: 'web', port: 22 });
  });

  it('keeps what it was given, whatever becomes of the object', async () => {
    const entry = { host: 'web', identityFile: ['/one'] };
    MultiConnection.addHosts(entry);
    entry.identityFile.push('/two');
    const { credentials } = await endpoint(new SshContext(), { host: 'web' });
    expect(credentials.keys.map(({ key }) => key)).toContain('/one');
    expect(credentials.keys.map(({ key }) => key)).not.toContain('/two');
  });
});
