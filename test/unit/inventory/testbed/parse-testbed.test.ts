import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { SecretSource } from '../../../../src/inventory/target.js';
import { parseTestbed } from '../../../../src/inventory/testbed/parse-testbed.js';
import type { TestbedData, TestbedDevice, TestbedVia } from '../../../../src/inventory/testbed/testbed-data.js';
import { CLOUD, JUMPS, LAB, OLD, TESTBED_FILES } from './testbed-files.js';

const parse = (yaml: string, env: Record<string, string> = {}): TestbedData => parseTestbed(yaml, { env });

function device(testbed: TestbedData, name: string): TestbedDevice {
  const found = testbed.devices.get(name);
  if (found === undefined) throw new Error(`no device ${name}`);
  return found;
}

function via(testbed: TestbedData, name: string, way: string): TestbedVia {
  const found = device(testbed, name).vias.get(way);
  if (found === undefined) throw new Error(`no connection ${way} of ${name}`);
  return found;
}

async function reveal(secret: SecretSource | undefined): Promise<string | undefined> {
  return typeof secret === 'function' ? secret() : secret;
}

/** Who logs in. */
async function login({ credentials }: Pick<TestbedVia, 'credentials'>): Promise<(string | undefined)[]> {
  return [credentials['default']?.username, await reveal(credentials['default']?.password)];
}

describe('parseTestbed', () => {
  it('reads the devices in the order of the file, with what describes them', () => {
    const lab = parse(LAB);
    expect(lab).toMatchObject({ name: 'cellar', alias: 'cellarLab' });
    expect([...lab.devices.keys()]).toEqual(['n7k-1', 'n7k-2']);
    expect(device(lab, 'n7k-1')).toMatchObject({
      os: 'nxos',
      type: 'Nexus 7000',
      alias: 'device-1',
      custom: { SUP1: 'Supervisor Module-1X' },
      facts: { series: 'n7k', clean: { pre_clean: 'switchname n7k-1\nip addr 192.0.2.5/24\n' } },
    });
    expect([...device(lab, 'n7k-1').vias.keys()]).toEqual(['a', 'b', 'vty']);
  });

  it('reads where a way leads, and the reference to what stands elsewhere', () => {
    const lab = parse(LAB);
    expect(via(lab, 'n7k-1', 'a')).toMatchObject({ protocol: 'telnet', target: { host: '192.0.2.80', port: 2001 } });
    expect(via(lab, 'n7k-2', 'a').target).toMatchObject({ host: '192.0.2.80', port: 2006 });
  });

  it('hands credentials down from the testbed to the device to the way, field by field', async () => {
    const lab = parse(LAB);
    const ways = [via(lab, 'n7k-1', 'vty'), via(lab, 'n7k-1', 'a'), via(lab, 'n7k-2', 'a')];
    const logins = await Promise.all(ways.map(login));
    expect(logins).toEqual([
      ['mgt', 'mgt-secret'],
      ['n7k-admin', 'n7k-secret'],
      ['admin', 'lab-secret'],
    ]);
    expect(await reveal(via(lab, 'n7k-1', 'vty').credentials['enable']?.password)).toBe('enable-secret');

    const half = parse(`
testbed: { credentials: { default: { username: all, password: shared } } }
devices: { r: { credentials: { default: { password: own } }, connections: { cli: { ip: 192.0.2.1 } } } }`);
    expect(await login(via(half, 'r', 'cli'))).toEqual(['all', 'own']);
  });

  it('hands no password to another user than it was written for', async () => {
    const testbed = parse(`
testbed: { credentials: { default: { username: all, password: shared } } }
devices:
  same: { credentials: { default: { username: all } }, connections: { cli: {} } }
  other: { credentials: { default: { username: own } }, connections: { cli: {} } }`);
    expect(await login(via(testbed, 'same', 'cli'))).toEqual(['all', 'shared']);
    expect(await login(via(testbed, 'other', 'cli'))).toEqual(['own', undefined]);
  });

  it('keeps servers, links and interfaces as data, with markups that nobody can replace as they stand', () => {
    const lab = parse(LAB);
    expect(lab.facts).toMatchObject({
      servers: { images: { address: '192.0.2.250' }, ntp: { server: '192.0.2.123' } },
      custom: { owner: 'john', mobile: '%ASK{the number of the owner}' },
    });
    expect(lab.topology).toMatchObject({
      links: { 'rtr1-rtr2-1': { alias: 'link-1' } },
      'n7k-1': { interfaces: { 'Ethernet4/1': { link: 'rtr1-rtr2-1', ipv4: '198.51.100.1/24' } } },
    });
    expect(device(parse(OLD), 'mock').type).toBe('%CALLABLE{mylib.get_device_type}');
  });

  it('passes what it does not know to the class, and takes seconds for what pyATS counts in seconds', () => {
    const cli = via(parse(CLOUD), 'csr1000v-1', 'cli');
    expect(cli).toMatchObject({ target: { host: '203.0.113.10', port: 8181 } });
    expect(cli.arguments).toEqual({
      connectTimeout: 10_000,
      learn_hostname: true,
      init_exec_commands: [],
      ssh_options: '-o KexAlgorithms=+diffie-hellman-group14-sha1',
      settings: { GRACEFUL_DISCONNECT_WAIT_SEC: 0, POST_DISCONNECT_WAIT_SEC: 0 },
    });
  });

  it('keeps ways whose protocol or class is not spoken here', () => {
    const cloud = parse(CLOUD);
    expect(device(cloud, 'csr1000v-1').defaults).toEqual({ class: 'unicon.Unicon', alias: undefined, vias: ['cli'] });
    expect(via(cloud, 'csr1000v-1', 'netconf')).toMatchObject({ protocol: 'netconf', class: 'yang.connector.Netconf' });
    expect(via(cloud, 'csr1000v-1', 'rest').target).toMatchObject({ host: 'restconf.example', port: 9443 });
    expect(via(parse(OLD), 'mock', 'a')).toMatchObject({
      protocol: 'unknown',
      arguments: { command: 'mock_device_cli --os iosxe' },
    });
  });

  it('reads the credentials of older files', async () => {
    const old = parse(OLD);
    const { credentials } = via(old, 'N95_1', 'console');
    expect(await login(via(old, 'N95_1', 'console'))).toEqual(['old-admin', 'device-tacacs']);
    expect(await reveal(credentials['line']?.password)).toBe('old-enable');
    expect(await reveal(credentials['enable']?.password)).toBe('old-enable');
  });

  it('merges what << names under what stands beside it', () => {
    expect(via(parse(OLD), 'N95_1', 'console')).toMatchObject({
      protocol: 'telnet',
      target: { host: '192.0.2.9', port: 2007 },
    });
  });

  it('reads a device that has no connections at all', () => {
    expect(device(parse(OLD), 'bare').vias.size).toBe(0);
  });

  it('reads proxies, also by an alias, and what is to be typed there', () => {
    const jumps = parse(JUMPS);
    const names = (name: string, way: string): string[] => via(jumps, name, way).proxy.map((hop) => hop.device);
    expect(names('R2', 'cli')).toEqual(['jump_host']);
    expect(names('inner', 'cli')).toEqual(['jump_host']);
    expect(names('R1', 'a')).toEqual(['inner']);
    expect(names('R1', 'b')).toEqual(['jump_host', 'inner']);
    expect(via(jumps, 'R1', 'b').proxy[0]?.commands).toEqual(['ssh inner', 'telnet 10.3.3.1']);
  });

  it('takes the size of a pool, several default ways, and another credential to log in with', async () => {
    const testbed = parse(`
devices:
  r1:
    credentials: { default: { username: a }, ops: { username: b, password: p } }
    connections:
      defaults: { via: [vty, console], alias: main, class: cli }
      vty: { ip: 192.0.2.1, pool_size: 3, pool_timeout: 1.5, login_creds: [ops, default] }
      console: { protocol: TELNET, ip: 192.0.2.2, username: c }`);
    expect(device(testbed, 'r1').defaults).toEqual({ class: 'cli', alias: 'main', vias: ['vty', 'console'] });
    expect(via(testbed, 'r1', 'vty')).toMatchObject({ poolSize: 3, arguments: { poolTimeout: 1500 } });
    expect(await login(via(testbed, 'r1', 'vty'))).toEqual(['b', 'p']);
    expect(via(testbed, 'r1', 'console')).toMatchObject({ protocol: 'telnet', target: { username: 'c' } });
  });

  it('takes a number for the text that it was written as', async () => {
    const testbed = parse('devices: { 7: { credentials: { default: { username: 007, password: 0123 } } } }');
    const { credentials } = device(testbed, '7');
    expect(await login({ credentials })).toEqual(['007', '0123']);
  });

  it('takes an address for a name where both are given', () => {
    const testbed = parse('devices: { r: { connections: { cli: { host: r.example, ip: 192.0.2.7 } } } }');
    expect(via(testbed, 'r', 'cli').target.host).toBe('192.0.2.7');
  });

  it('takes fields of a target, such as a key and the files of known hosts', () => {
    const testbed = parse(
      'devices: { r: { connections: { cli: { ip: "::1", private_key: ~/.ssh/lab, known_hosts: [a, b], sshConfig: false } } } }',
    );
    expect(via(testbed, 'r', 'cli').target).toEqual({
      host: '::1',
      privateKey: '~/.ssh/lab',
      knownHosts: ['a', 'b'],
      sshConfig: false,
    });
  });

  it('shows no password, however it is looked at', () => {
    for (const [name, yaml] of Object.entries(TESTBED_FILES)) {
      const shown = `${inspect(parse(yaml), { depth: 20 })}${JSON.stringify([...parse(yaml).devices.values()])}`;
      expect(shown, name).not.toMatch(/-secret|old-enable|old-tacacs|device-tacacs|C1sco123|password: '/u);
    }
  });

  it('shows nothing that is called like a secret among what goes to a class, and gives it all the same', () => {
    const testbed = parse(`
devices:
  r1:
    custom: { snmp: { community: hunter2 } }
    connections:
      rest: { ip: 192.0.2.1, token: hunter2, auth: { password: hunter2 }, arguments: { headers: { token: hunter2 } } }`);
    expect(inspect(testbed, { depth: 20 })).not.toContain('hunter2');
    expect(JSON.stringify([...testbed.devices.values()].map((one) => [one, ...one.vias.values()]))).not.toContain(
      'hunter2',
    );
    const { arguments: args } = via(testbed, 'r1', 'rest');
    expect({ ...args }).toEqual({ token: 'hunter2', auth: { password: 'hunter2' }, headers: { token: 'hunter2' } });
  });

  it('gives the password of a server by name', () => {
    const { facts } = parse(LAB);
    expect(Reflect.get(facts, 'servers')).toHaveProperty('images.credentials.default.password', 'server-secret');
  });
});

describe('markups of a testbed', () => {
  const secret = (password: string, options: Parameters<typeof parseTestbed>[1] = {}): SecretSource | undefined =>
    device(parseTestbed(`devices: { r: { credentials: { default: { password: '${password}' } } } }`, options), 'r')
      .credentials['default']?.password;

  it('takes variables of the environment, with a default where one is written', async () => {
    const env = { SECRET: 'from env', EMPTY: '' };
    expect(await reveal(secret('%ENV{SECRET}', { env }))).toBe('from env');
    expect(await reveal(secret('a-%ENV{ SECRET }-%ENV{NONE, b c}', { env }))).toBe('a-from env-b c');
    expect(await reveal(secret('%ENV{EMPTY, x}%ENV{NONE,}', { env }))).toBe('');
  });

  it('leaves alone what only looks like a markup', async () => {
    expect(await reveal(secret('100% {x} %FOO{bar} %'))).toBe('100% {x} %FOO{bar} %');
  });

  it('asks for a secret when it is first needed, once, however many devices have it', async () => {
    const asked: string[] = [];
    const prompt = (text: string): Promise<string> => {
      asked.push(text);
      return Promise.resolve(`answer ${asked.length}`);
    };
    const testbed = parseTestbed(
      `testbed: { credentials: { default: { password: '%ASK{lab password}' }, enable: { password: '%ASK{}' } } }
devices: { a: { connections: { cli: { ip: 192.0.2.1 } } }, b: { connections: { cli: { ip: 192.0.2.2 } } } }`,
      { prompt },
    );
    expect(asked).toEqual([]);
    const passwords = await Promise.all(['a', 'b'].map((name) => login(via(testbed, name, 'cli'))));
    expect(passwords).toEqual([
      [undefined, 'answer 1'],
      [undefined, 'answer 1'],
    ]);
    expect(await reveal(device(testbed, 'a').credentials['enable']?.password)).toBe('answer 2');
    expect(asked).toEqual(['lab password', 'The password of the credential "enable" of the testbed']);
  });
});
