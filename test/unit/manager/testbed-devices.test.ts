import { describe, expect, expectTypeOf, it } from 'vitest';
import type { CliConnection } from '../../../src/connection/cli-connection.js';
import { AliasError, ClosedError } from '../../../src/core/errors.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import { Testbed } from '../../../src/manager/testbed.js';

describe('a device of a testbed', () => {
  const testbed = Testbed.parse('devices: { router: { alias: edge, os: frr } }');

  it('is found by its name and by its alias', () => {
    expect(testbed.device('router')).toBe(testbed.devices['router']);
    expect(testbed.device('edge')).toBe(testbed.devices['router']);
  });

  it('has the connections that its user says it will have', () => {
    const router = testbed.device<{ default: CliConnection; vty: CliConnection }>('router');
    expectTypeOf(router.configure).toEqualTypeOf<CliConnection['configure']>();
    expectTypeOf(router.vty).toEqualTypeOf<CliConnection>();
  });

  it('is named where there is none of that name', () => {
    expect(() => testbed.device('ruoter')).toThrow(OptionError);
    expect(() => testbed.device('ruoter')).toThrow(/no device "ruoter"; known are router\..*router/);
  });

  it('tells a class of the defaults from one of a connection', () => {
    const lab = Testbed.parse(`devices:
  r1:
    os: linux
    connections:
      defaults: { class: unicon.Unicon }
      cli: { ip: 192.0.2.1 }
      shell: { ip: 192.0.2.1, class: ssh }`);
    const [cli, shell] = ['cli', 'shell'].map((via) => lab.device('r1').explain({ via }).class);
    expect([cli, shell]).toEqual([
      { value: 'CliConnection', from: 'defaults' },
      { value: 'SshConnection', from: 'via' },
    ]);
  });

  it('connects no more once the testbed is closed, and says why', async () => {
    const lab = Testbed.parse('devices: { shell: { os: linux, connections: { here: { protocol: local } } } }');
    const shell = lab.device('shell');
    await shell.connect();
    await lab.close();
    const why = new ClosedError('Cannot connect to shell: The testbed was closed.', { host: 'shell' });
    expect(() => shell.instantiate()).toThrow(why);
    await expect(shell.connect({ alias: 'other' })).rejects.toThrow(why);
    expect(shell.connectionManager.connections).toEqual({});
  });

  it('tells where its login comes from', () => {
    const lab = Testbed.parse(`testbed: { credentials: { default: { username: a, password: p } } }
devices:
  r1:
    os: linux
    connections:
      handed: { ip: 192.0.2.1 }
      own: { ip: 192.0.2.1, credentials: { default: { username: b, password: q } } }`);
    const [handed, own] = ['handed', 'own'].map((via) => lab.device('r1').explain({ via }).target);
    const secret = '[secret]';
    expect(handed).toMatchObject({ username: { value: 'a', from: 'device' }, password: { from: 'device' } });
    expect(own).toMatchObject({ username: { value: 'b', from: 'via' }, password: { value: secret, from: 'via' } });
  });

  it('is not kept from working by a password that another has in a way that nobody here reads', async () => {
    await using lab = Testbed.parse(
      `devices:
  shell: { os: linux, connections: { here: { protocol: local } } }
  other:
    os: linux
    credentials: { default: { username: a, password: '%ENC{abc}' } }
    connections: { cli: { ip: 192.0.2.1 } }`,
      { file: 'lab.yaml' },
    );
    expect((await lab.execute('true', { devices: ['shell'] })).ok).toBe(true);
    const { password } = lab.device('other').instantiate().target;
    expect(password).toThrow(/^lab\.yaml:5:55: %ENC\{…\} cannot be used here/u);
  });

  it('is connected by the path that is asked for, whatever there was', async () => {
    await using lab = Testbed.parse(`devices:
  shell: { os: linux, connections: { one: { protocol: local }, other: { protocol: local } } }`);
    const { connectionManager: manager } = lab.device('shell');
    const warnings: unknown[] = [];
    manager.on('warning', (warning) => warnings.push(warning));
    const paths: (string | undefined)[] = [];
    for (const vias of [undefined, 'other', ['one', 'other'], { shell: 'one' }, undefined]) {
      (await lab.connect({ vias })).throwIfAnyFailed();
      paths.push(manager.find()?.via);
    }
    expect(paths).toEqual(['one', 'other', 'other', 'one', 'one']);
    const before = manager.find();
    expect((await lab.execute('true', { vias: 'other' })).ok).toBe(true);
    expect([before?.state, manager.find()?.via]).toEqual(['closed', 'other']);
    const [failed] = (await lab.connect({ vias: 'nosuch' })).failed.values();
    expect(failed?.error).toBeInstanceOf(AliasError);
    expect(manager.isConnected()).toBe(true);
    expect(warnings).toMatchObject([{ message: expect.stringContaining('made with another `via`') }]);
  });

  it('is not looked for without the tunnel that leads to it', async () => {
    await using lab = Testbed.parse(
      'devices: { router: { os: linux, connections: { cli: { ip: 192.0.2.1, sshtunnel: { host: jump } } } } }',
      { file: 'lab.yaml', defaults: { sshConfig: false, agent: false } },
    );
    const connecting = lab.device('router').connect();
    await expect(connecting).rejects.toThrow(/by "cli" \(lab\.yaml:1:\d+\): hawser makes no `sshtunnel`.* as `proxy`/);
  });

  it.each([
    ['whom the testbed names', 'testbed: { credentials: { default: { username: a, password: p } } }', {}],
    ['whom the defaults name', 'testbed: { name: lab }', { username: 'a', password: 'p' }],
  ])('sends the password of the user %s for no other, be it a device or a proxy', (_, head, defaults) => {
    const lab = Testbed.parse(
      `${head}
devices:
  jump: { os: linux, connections: { ssh: { ip: 192.0.2.1, username: b } } }
  server: { os: linux, connections: { ssh: { ip: 192.0.2.2, proxy: jump } } }`,
      { defaults },
    );
    const jump = lab.device('jump').instantiate().target;
    const { username, password, proxyJump } = lab.device('server').instantiate().target;
    const [hop] = Array.isArray(proxyJump) ? proxyJump : [];
    expect([jump.username, jump.password]).toEqual(['b', undefined]);
    expect(hop).toMatchObject({ target: { username: 'b' } });
    expect(hop?.target.password).toBeUndefined();
    expect([username, typeof password === 'function' ? password() : password]).toEqual(['a', 'p']);
  });
});
