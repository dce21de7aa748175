import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError, ParseError } from '../../../src/core/hawser-error.js';
import type { ConfigReader } from '../../../src/inventory/ssh-config/config-reader.js';
import { SshConfig, type SshConfigParseOptions } from '../../../src/inventory/ssh-config/ssh-config.js';

const options: SshConfigParseOptions = { file: '/home/u/.ssh/config', home: '/home/u', env: {} };

function parse(text: string, more: SshConfigParseOptions = {}): SshConfig {
  return SshConfig.parse(text, { ...options, ...more });
}

function messages(config: SshConfig): string[] {
  return config.warnings.map((warning) => warning.message);
}

/** Files by their path, in place of a file system. */
function filesReader(files: Readonly<Record<string, string>>): ConfigReader & { readonly read: string[] } {
  const missing = (path: string): Error => Object.assign(new Error(`no such file: ${path}`), { code: 'ENOENT' });
  const read: string[] = [];
  return {
    read,
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw missing(path);
      read.push(path);
      return text;
    },
    readDirectory(path) {
      const start = path.endsWith('/') ? path : `${path}/`;
      const below = Object.keys(files).filter((file) => file.startsWith(start));
      if (below.length === 0) throw missing(path);
      return [...new Set(below.map((file) => file.slice(start.length).split('/')[0] ?? ''))];
    },
  };
}

describe('SshConfig.parse', () => {
  it('leaves what no line has set to the caller', () => {
    const config = parse('').resolve({ host: 'web' });
    expect(config).toMatchObject({ originalHost: 'web', hostName: 'web', identityFiles: [], defaultIdentities: true });
    for (const field of [
      'port',
      'user',
      'proxyJump',
      'proxyCommand',
      'strictHostKeyChecking',
      'identityAgent',
    ] as const) {
      expect(config[field]).toBeUndefined();
    }
  });

  it('says the file, the line and the column of an error', () => {
    expect(() => parse('User alice\n\n  Port  abc\n')).toThrow(
      expect.objectContaining({
        name: 'ParseError',
        file: '/home/u/.ssh/config',
        line: 3,
        column: 9,
        message: '/home/u/.ssh/config:3:9: Expected Port to be a number from 1 to 65535, got "abc".',
      }),
    );
  });

  it('points at the word that is one too many', () => {
    expect(() => parse('User alice bob')).toThrow(expect.objectContaining({ line: 1, column: 12 }));
  });

  it('points at the quote that is never closed', () => {
    expect(() => parse('IdentityFile /a "/b')).toThrow(expect.objectContaining({ column: 17 }));
  });

  it('warns of an unknown keyword and goes on', () => {
    const config = parse('Host web\n  Prot 22\n  Port 2201\n');
    expect(messages(config)).toEqual([expect.stringMatching(/^\/home\/u\/.ssh\/config:2:3: "Prot" is not a keyword/)]);
    expect(config.resolve({ host: 'web' }).port).toBe(2201);
  });

  it('warns of an unknown keyword whose arguments it could not read either', () => {
    expect(parse('Novelty "half\nOther\n').warnings).toHaveLength(2);
  });

  it('is silent about keywords that IgnoreUnknown names', () => {
    expect(parse('IgnoreUnknown Use*,!UseThat\nUseThis yes\nUseThat yes\n').warnings).toHaveLength(1);
  });

  it('is silent about keywords of ssh that do not concern it', () => {
    expect(parse('ControlMaster auto\nUseKeychain yes\nProtocol 2\nLocalForward 1 a:2\n').warnings).toEqual([]);
  });

  it('reads a file that begins with a byte order mark', () => {
    expect(parse('\uFEFFPort 2\n').resolve({ host: 'web' }).port).toBe(2);
  });

  it('lists the names that Host lines spell out, each once', () => {
    const config = parse('Host web db\nHost *.example w? !web mail\nHost db "a b"\nMatch host other\n');
    expect(config.aliases).toEqual(['web', 'db', 'mail', 'a b']);
  });
});

describe('SshConfig.resolve', () => {
  it('says which line decided a keyword', () => {
    const config = parse(
      'Host db\n Port 1\nHost web\n Port 22\n IdentityFile ~/a\nHost *\n Port 3\n IdentityFile ~/b\n',
    );
    const web = config.resolve({ host: 'web' });
    expect(web.source('Port')).toEqual({ file: '/home/u/.ssh/config', line: 4 });
    expect(web.source('identityfile')).toEqual({ file: '/home/u/.ssh/config', line: 5 });
    expect(web.source('User')).toBeUndefined();
  });

  it('names no line for what the caller gave, nor for a value that is none', () => {
    const web = parse('Port 2\nConnectTimeout none\n').resolve({ host: 'web', port: 2222 });
    expect(web.port).toBe(2222);
    expect(web.source('Port')).toBeUndefined();
    expect(web.source('ConnectTimeout')).toBeUndefined();
  });

  it('finds the line of a keyword by its older name too', () => {
    const web = parse('PubkeyAcceptedKeyTypes +ssh-rsa\n').resolve({ host: 'web' });
    expect(web.source('PubkeyAcceptedAlgorithms')?.line).toBe(1);
    expect(web.source('PubkeyAcceptedKeyTypes')?.line).toBe(1);
  });

  it('takes algorithms apart', () => {
    const web = parse('Ciphers ^a,b\nMACs -c*\nKexAlgorithms +d\nHostKeyAlgorithms e\n').resolve({ host: 'web' });
    expect(web.ciphers).toEqual({ op: 'prepend', names: ['a', 'b'] });
    expect(web.macs).toEqual({ op: 'remove', names: ['c*'] });
    expect(web.kexAlgorithms).toEqual({ op: 'append', names: ['d'] });
    expect(web.hostKeyAlgorithms).toEqual({ op: 'set', names: ['e'] });
  });

  it('takes a chain of jump hosts apart, the nearest first', () => {
    const config = parse('ProxyJump ssh://al%40corp@one:2201/,bob@[2001:db8::1]:22,%h.gate\nHostName web.example\n');
    expect(config.resolve({ host: 'web' }).proxyJump).toEqual([
      { host: 'one', username: 'al@corp', port: 2201 },
      { host: '2001:db8::1', username: 'bob', port: 22 },
      { host: 'web.example.gate', username: undefined, port: undefined },
    ]);
  });

  it('drops the quotes of a jump host', () => {
    expect(parse('ProxyJump "bob@one , two"\n').resolve({ host: 'web' }).proxyJump).toHaveLength(2);
  });

  it('takes ProxyJump none for what it says, also with a comment behind it', () => {
    const web = parse('Host web\n ProxyJump none # reached directly\nHost *\n ProxyJump bastion\n').resolve({
      host: 'web',
    });
    expect(web.proxyJump).toBeUndefined();
  });

  it('refuses a jump host that leads to itself', () => {
    const config = parse('Host *\n User bob\n ProxyJump bastion\n');
    expect(config.resolve({ host: 'web' }).proxyJump).toHaveLength(1);
    expect(() => config.resolve({ host: 'bastion' })).toThrow(/config:3:2: ProxyJump sends bastion through itself/);
    expect(config.resolve({ host: 'bastion', port: 2222 }).proxyJump).toHaveLength(1);
  });

  it('expands User by the tokens that are not made of it', () => {
    const config = parse('Host web\n User %u-%h\nHost db\n User %r\n');
    expect(config.resolve({ host: 'web', localUser: 'ann' }).user).toBe('ann-web');
    expect(() => config.resolve({ host: 'db' })).toThrow(/config:4:2: User cannot be expanded: "%r" is not a token/);
  });

  it('takes the local user and host name that it is given', () => {
    const config = parse('Match localuser ann\n HostName %h.of-ann\nIdentityFile /k/%u@%l/%L\n');
    const web = config.resolve({ host: 'web', localUser: 'ann', localHostname: 'desk.example' });
    expect(web.hostName).toBe('web.of-ann');
    expect(web.identityFiles).toEqual(['/k/ann@desk.example/desk']);
  });

  it('does not expand what an expansion has put in', () => {
    const web = parse(`IdentityFile \${D}/%h\n`, { env: { D: '/%h' } }).resolve({ host: 'web' });
    expect(web.identityFiles).toEqual(['/%h/web']);
  });

  it('fails only for the hosts that a broken setting applies to', () => {
    const config = parse(`Host web\n IdentityFile \${UNSET}/id\n`);
    expect(config.resolve({ host: 'db' }).identityFiles).toEqual([]);
    expect(() => config.resolve({ host: 'web' })).toThrow(ParseError);
  });

  it.each([
    ['IdentityAgent none', {}, false],
    ['IdentityAgent SSH_AUTH_SOCK', { SSH_AUTH_SOCK: '/run/a' }, '/run/a'],
    ['IdentityAgent SSH_AUTH_SOCK', {}, false],
    ['IdentityAgent $MY_AGENT', { MY_AGENT: '/run/b' }, '/run/b'],
    ['IdentityAgent $MY_AGENT', {}, false],
    ['IdentityAgent ~/agent', {}, '/home/u/agent'],
    ['', { SSH_AUTH_SOCK: '/run/a' }, undefined],
  ])('finds the agent of "%s" with %j', (text, env, expected) => {
    expect(parse(text, { env }).resolve({ host: 'web' }).identityAgent).toBe(expected);
  });

  it('keeps the flag and the socket of ForwardAgent apart, as ssh does', () => {
    const forward = (text: string): unknown => parse(text).resolve({ host: 'web' }).forwardAgent;
    expect(forward('ForwardAgent /a\nForwardAgent no\n')).toBe('/a');
    expect(forward('ForwardAgent no\nForwardAgent /a\n')).toBe(false);
    expect(forward('ForwardAgent yes\nForwardAgent /a\n')).toBe('/a');
  });

  it('lets an = with or without spaces stand between a criterion and its argument', () => {
    const config = parse('Match user = alice host=w*\n Port 2\n');
    expect(config.resolve({ host: 'web', username: 'alice' }).port).toBe(2);
    expect(config.resolve({ host: 'db', username: 'alice' }).port).toBeUndefined();
  });

  it('lets SetEnv without a variable leave the word to a later line', () => {
    expect(parse('SetEnv # none\nSetEnv A=1\n').resolve({ host: 'web' }).setEnv).toEqual({ A: '1' });
  });

  it('matches the tag that a line before has set', () => {
    const config = parse('Host web\n Tag inner\nMatch tagged in*\n Port 2\nMatch tagged ""\n Port 3\n');
    expect(config.resolve({ host: 'web' }).port).toBe(2);
    expect(config.resolve({ host: 'db' }).port).toBe(3);
  });

  it('matches the networks of this machine', () => {
    const config = parse('Match localnetwork 127.0.0.0/8,::1\n Port 2\nMatch !localnetwork 127.0.0.0/8\n Port 3\n');
    expect(config.resolve({ host: 'web' }).port).toBe(2);
    expect(() => parse('Match localnetwork 127.0.0.0/33\n')).toThrow(ParseError);
  });

  it.each([
    'version *',
    'command ls',
    'sessiontype shell',
    'novelty x',
  ])('warns of "Match %s", which it cannot test, and leaves its lines out', (criterion) => {
    const config = parse(`Match ${criterion}\n Port 2\nMatch !${criterion}\n Port 3\n`);
    expect(config.warnings).toHaveLength(2);
    expect(config.resolve({ host: 'web' }).port).toBeUndefined();
  });

  it('warns that host names are not canonicalized', () => {
    expect(parse('CanonicalizeHostname no\n').warnings).toEqual([]);
    expect(parse('CanonicalizeHostname yes\n').warnings).toHaveLength(1);
  });

  it('refuses an empty host', () => {
    expect(() => parse('').resolve({ host: '' })).toThrow(OptionError);
  });

  it.each([0, 65_536, 1.5, Number.NaN])('refuses %d as a port', (port) => {
    expect(() => parse('').resolve({ host: 'web', port })).toThrow(OptionError);
  });

  it.each(['web;reboot', '$(reboot)', '-oX', 'a b', 'a`b`', "a'b"])('puts the host %j into no command', (host) => {
    expect(parse('').resolve({ host }).hostName).toBe(host.toLowerCase());
    expect(() => parse('ProxyCommand nc %h %p\n').resolve({ host })).toThrow(OptionError);
  });

  it('puts no user name that a shell would act upon into a command', () => {
    const config = parse('ProxyCommand nc %r@%h\n');
    expect(config.resolve({ host: 'web', username: 'CORP\\ann b' }).proxyCommand).toBe('nc CORP\\ann b@web');
    expect(() => config.resolve({ host: 'web', username: 'a;b' })).toThrow(/a shell would act upon/);
  });

  it('gives the same as a search through all blocks, however many there are', () => {
    const label = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 3 });
    const patterns = fc.array(fc.tuple(fc.boolean(), label), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        fc.array(patterns, { maxLength: 12 }),
        fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 3 }),
        (blocks, host) => {
          const lines = blocks.map((block) => block.map(([negated, text]) => `${negated ? '!' : ''}${text}`).join(' '));
          const text = lines.map((line, index) => `Host ${line}\n SendEnv V${index}\n`).join('');
          // A Match line cannot be found by name, so this one is always searched block by block.
          const searched = lines.map((line, index) => {
            const alone = parse(`Match all\nHost ${line}\n SendEnv V${index}\n`);
            return alone.resolve({ host }).sendEnv;
          });
          expect(parse(text).resolve({ host }).sendEnv).toEqual(searched.flat());
        },
      ),
    );
  });
});

describe('Match exec', () => {
  it('starts nothing by itself: its lines never apply, and a warning says so', () => {
    const config = parse('Match exec "true"\n Port 2\nMatch !exec "true"\n Port 3\n');
    expect(messages(config)[0]).toMatch(/config:1:7: Match exec is not run/);
    expect(config.resolve({ host: 'web' }).port).toBeUndefined();
  });

  it('asks the callback, with the tokens expanded, and only when all before it holds', () => {
    const commands: string[] = [];
    const matchExec = (command: string): boolean => {
      commands.push(command);
      return command.includes('web');
    };
    const config = parse('Match host web exec "test %n %h %r"\n Port 2\nMatch !exec "no"\n User x\n', { matchExec });
    expect(config.warnings).toEqual([]);
    expect(config.resolve({ host: 'web', username: 'ann' }).port).toBe(2);
    expect(config.resolve({ host: 'db', username: 'ann' }).port).toBeUndefined();
    expect(commands).toEqual(['test web web ann', 'no', 'no']);
  });

  it('gives a host to no command that a shell would act upon', () => {
    const config = parse('Match exec "test %h"\n', { matchExec: () => true });
    expect(config.resolve({ host: 'web;x' }).port).toBeUndefined();
    const used = parse('Match exec "test %h"\n Port 2\n', { matchExec: () => true });
    expect(() => used.resolve({ host: 'web;x' })).toThrow(OptionError);
  });
});

describe('Include', () => {
  it('looks in ~/.ssh for a user and in /etc/ssh for the system', () => {
    const reader = filesReader({ '/home/u/.ssh/conf.d/a': 'Port 2\n', '/etc/ssh/conf.d/a': 'Port 3\n' });
    expect(parse('Include conf.d/*\n', { reader }).resolve({ host: 'web' }).port).toBe(2);
    expect(parse('Include conf.d/a\n', { reader, scope: 'system' }).resolve({ host: 'web' }).port).toBe(3);
    expect(() => parse('Include ~/a\n', { reader, scope: 'system' })).toThrow(/cannot include "~\/a"/);
  });

  it('expands a home directory, variables and what it knows of this machine', () => {
    const reader = filesReader({ '/home/u/x': 'Port 2\n', '/v/home/u': 'User ann\n' });
    const config = parse(`Include ~/x \${V}%d\n`, { reader, env: { V: '/v' } });
    expect(config.resolve({ host: 'web' })).toMatchObject({ port: 2, user: 'ann' });
  });

  it('warns of an include that depends on the host', () => {
    const config = parse('Include %h.conf\nPort 2\n', { reader: filesReader({}) });
    expect(messages(config)).toEqual([expect.stringContaining('The include of "%h.conf" is left out')]);
    expect(config.resolve({ host: 'web' }).port).toBe(2);
  });

  it('reads each file once, when the configuration is parsed', () => {
    const reader = filesReader({ '/home/u/.ssh/a': 'Host w*\n Port 2\n' });
    const config = parse('Host web db\n Include a\n', { reader });
    for (const host of ['web', 'db', 'web']) config.resolve({ host });
    expect(reader.read).toEqual(['/home/u/.ssh/a']);
  });

  it('says where the line of a setting is, and which names its files spell out', () => {
    const reader = filesReader({ '/home/u/.ssh/a': '\nHost web\n Port 2\n' });
    const config = parse('Include a\nHost db\n', { reader });
    expect(config.resolve({ host: 'web' }).source('Port')).toEqual({ file: '/home/u/.ssh/a', line: 3 });
    expect(config.aliases).toEqual(['web', 'db']);
  });

  it('names the file that it cannot read, at the line that includes it', () => {
    const reader: ConfigReader = {
      readFile: () => {
        throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
      },
      readDirectory: () => [],
    };
    expect(() => parse('\nInclude secret\n', { reader })).toThrow(
      /config:2:9: The included file \/home\/u\/\.ssh\/secret cannot be read: permission denied/,
    );
  });

  it('stops at files that include themselves', () => {
    const reader = filesReader({ '/home/u/.ssh/a': 'Include a\n' });
    expect(() => parse('Host db\n Include a\n', { reader })).toThrow(/more than 16 deep/);
  });
});
