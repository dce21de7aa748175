import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createConnection } from '../../../src/connection/create-connection.js';
import { LocalConnection } from '../../../src/connection/local-connection.js';
import type { JumpHost, Target } from '../../../src/inventory/target.js';

const KEY = '-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n';
const open: JumpHost = { id: 'me@gate:22', host: 'gate', dial: () => Promise.reject(new Error('no')) };
const secrets = {
  password: 'hunter2',
  passphrase: 'hunter2',
  privateKey: [KEY, Buffer.from('hunter2'), '/key'],
} as const;
const target: Target = {
  host: 'web1',
  port: 2200,
  username: 'me',
  ...secrets,
  keyboardInteractive: async () => ['hunter2'],
  proxyJump: [
    open,
    'deploy@first:22',
    { host: '::1', port: 22, ...secrets, proxyJump: { host: 'zeroth', ...secrets } },
  ],
  knownHosts: '/known_hosts',
  hostKey: 'accept-new',
  agent: false,
  threadSafe: true,
};

describe('a connection', () => {
  const connection = createConnection(target);

  it.each([
    ['inspected', inspect(connection, { depth: null })],
    ['spread', inspect({ ...connection, target: { ...connection.target } }, { depth: null })],
    ['made into JSON', JSON.stringify(connection)],
    ['made into JSON with its target', JSON.stringify({ ...connection, target: connection.target })],
    ['printed', `${connection}`],
  ])('shows no secret when it is %s, of its own or of a jump host', (_how, text) => {
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain(Buffer.from('hunter2').toString('hex').match(/../g)?.join(' '));
    expect(text).not.toContain(JSON.stringify([...Buffer.from('hunter2')]).slice(1, -1));
  });

  it('is inspected as what it is, and how it stands', () => {
    expect(inspect(connection)).toMatch(/^SshConnection \{ id: '.*', key: '.*', state: 'idle' \}$/);
    expect(inspect(createConnection({ host: 'local', protocol: 'local' }))).toBe(
      "LocalConnection { id: 'local', key: 'local', state: 'idle' }",
    );
  });

  it('has its secrets by name, for whoever connects', () => {
    expect(connection.target.password).toBe('hunter2');
    expect(connection.target.privateKey).toEqual(secrets.privateKey);
    const hops = connection.target.proxyJump as readonly Target[];
    expect(hops[0]).toBe(open);
    expect(hops[2]?.passphrase).toBe('hunter2');
  });

  it('does not change with the target that it was made of, nor by anybody else', () => {
    const own: Target = { host: 'web1', port: 1 };
    const made = createConnection(own);
    own.port = 2;
    expect(made.target.port).toBe(1);
    expect(Object.isFrozen(made.target)).toBe(true);
  });

  const missing = ['password', 'privateKey', 'passphrase'];

  it('is written down with all that finds the machine again', () => {
    expect(connection.toJSON()).toEqual({
      version: 1,
      key: 'web1',
      kind: 'ssh',
      host: 'web1',
      port: 2200,
      username: 'me',
      identityFiles: ['/key'],
      agent: false,
      knownHosts: ['/known_hosts'],
      hostKey: 'accept-new',
      proxyJump: [
        'me@gate:22',
        'deploy@first:22',
        {
          kind: 'ssh',
          host: '::1',
          port: 22,
          identityFiles: ['/key'],
          proxyJump: [{ kind: 'ssh', host: 'zeroth', identityFiles: ['/key'], missing }],
          missing,
        },
      ],
      threadSafe: true,
      missing: [...missing, 'keyboardInteractive'],
    });
    expect(createConnection({ host: 'web1' }).toJSON()).toEqual({ version: 1, key: 'web1', kind: 'ssh', host: 'web1' });
  });

  it('is written down as this machine where its class says so', () => {
    expect(new LocalConnection({ target: { host: 'here' } }).toJSON().kind).toBe('local');
  });

  it('says that no jump hosts were wanted, which is not the same as saying nothing', () => {
    expect(createConnection({ host: 'web1', proxyJump: [] }).toJSON().proxyJump).toEqual([]);
  });

  it('leaves out a policy that is a function, and keeps one that is data', () => {
    const asked = createConnection({ host: 'web1', hostKey: () => true }).toJSON();
    expect(asked).not.toHaveProperty('hostKey');
    expect(asked.missing).toEqual(['hostKey']);
    const hostKey = { fingerprints: [`SHA256:${'A'.repeat(43)}`] };
    expect(createConnection({ host: 'web1', hostKey }).toJSON()).toMatchObject({ hostKey });
  });
});
