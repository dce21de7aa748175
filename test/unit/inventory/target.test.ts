import { spawnSync } from 'node:child_process';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError, ParseError } from '../../../src/core/hawser-error.js';
import { formatTarget, isKeyText, redactTarget, targetKey } from '../../../src/inventory/format-target.js';
import { parseTarget } from '../../../src/inventory/parse-target.js';
import type { JumpHost, Target } from '../../../src/inventory/target.js';

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('parseTarget', () => {
  const spellings: readonly [string, Omit<Target, 'key'>][] = [
    ['web1', { host: 'web1' }],
    ['user@host', { host: 'host', username: 'user' }],
    ['user@host:2222', { host: 'host', port: 2222, username: 'user' }],
    ['host:22', { host: 'host', port: 22 }],
    ['10.0.0.1:22', { host: '10.0.0.1', port: 22 }],
    ['[::1]:22', { host: '::1', port: 22 }],
    ['[::1]', { host: '::1' }],
    ['::1', { host: '::1' }],
    ['user@::1', { host: '::1', username: 'user' }],
    ['user@[fe80::1%eth0]:22', { host: 'fe80::1%eth0', port: 22, username: 'user' }],
    ['me@corp.example@host', { host: 'host', username: 'me@corp.example' }],
    ['CORP\\me@host', { host: 'host', username: 'CORP\\me' }],
    ['ssh://host', { host: 'host', protocol: 'ssh' }],
    ['ssh://host/', { host: 'host', protocol: 'ssh' }],
    ['SSH://host', { host: 'host', protocol: 'ssh' }],
    ['ssh://user@[::1]:22', { host: '::1', port: 22, username: 'user', protocol: 'ssh' }],
    ['ssh://[fe80::1%25eth0]:22', { host: 'fe80::1%eth0', port: 22, protocol: 'ssh' }],
    ['ssh://me%40corp.example@host', { host: 'host', username: 'me@corp.example', protocol: 'ssh' }],
    ['ssh://a%3Ab@host', { host: 'host', username: 'a:b', protocol: 'ssh' }],
    ['ssh://J%C3%BCrgen%20K@host', { host: 'host', username: 'Jürgen K', protocol: 'ssh' }],
    ['openssh://web1', { host: 'web1', protocol: 'openssh' }],
    ['telnet://host:2601', { host: 'host', port: 2601, protocol: 'telnet' }],
    ['local:', { host: 'localhost', protocol: 'local' }],
    ['local:build', { host: 'build', protocol: 'local' }],
    ['local', { host: 'local' }],
  ];
  it.each(spellings)('reads %s', (text, expected) => {
    expect(parseTarget(text)).toEqual({ ...expected, key: text });
  });

  const faults: readonly [string, number][] = [
    ['', 1],
    ['web 1', 4],
    [' web1', 1],
    ['web1\n', 5],
    ['we\u0000b', 3],
    ['-oProxyCommand=id', 1],
    ['user@-host', 6],
    ['-user@host', 1],
    ['u;id@host', 2],
    ['us er@host', 3],
    ['@host', 1],
    ['user@', 6],
    ['host:', 6],
    ['host:0', 6],
    ['host:65536', 6],
    ['host:abc', 6],
    ['host:+22', 6],
    ['host:1e3', 6],
    [':22', 1],
    ['host:22:23', 5],
    ['[::1', 1],
    ['[web1]:22', 2],
    ['[::1]22', 6],
    ['[::1]:', 7],
    ['fe80::1%eth0;id', 5],
    ['web[1-3]', 4],
    ['host/path', 5],
    ['ssh://', 7],
    ['ssh://host/path', 11],
    ['ssh://host?q=1', 11],
    ['ssh://host#f', 11],
    ['ssh://us%4@host', 9],
    ['ssh://us%ff@host', 9],
    ['ssh://%2Doption@host', 7],
    ['ssh://u%0Ax@host', 7],
    ['http://host', 1],
    ['local:22', 7],
    ['local://', 7],
  ];
  it.each(faults)('refuses %j at its fault', (text, column) => {
    const error = errorOf(() => parseTarget(text));
    expect(error).toBeInstanceOf(ParseError);
    expect(error).toMatchObject({ file: undefined, line: 1, column });
  });

  it.each([
    'ssh://user:hunter2@host',
    'ssh://user:hunter2@host:abc',
    'user:hunter2@host',
    'user:hunt@hunter2@host:99999',
    'http://user:hunter2@host/x y',
    'ssh://user:hunter2/x@host',
  ])('refuses the password in %s and does not repeat it', (text) => {
    const error = errorOf(() => parseTarget(text));
    expect(error).toBeInstanceOf(OptionError);
    expect(String(error)).toContain('`password` option');
    expect(inspect(error)).not.toContain('hunter2');
  });

  it('says how the port of an IPv6 address and a range of hosts are written', () => {
    expect(() => parseTarget('fe80::1::22')).toThrow('[address]:port');
    expect(() => parseTarget('web[01-04]')).toThrow('HostSet');
  });

  it('keeps an error on one line and short, whatever it was given', () => {
    const error = errorOf(() => parseTarget(`\n${'x'.repeat(5000)}`));
    expect(String(error).length).toBeLessThan(300);
    expect(String(error)).not.toContain('\n');
  });

  it('gives a target or a HawserError for any text', () => {
    const piece = fc.constantFrom('ssh://', '[', ']', '::1', '@', ':', '22', '%', '/', ' ', 'web', 'local:', '-', '25');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (s) => {
        try {
          expect(parseTarget(s).key).toBe(s);
        } catch (error) {
          if (!(error instanceof ParseError)) expect(error).toBeInstanceOf(OptionError);
        }
      }),
    );
  });

  const ssh = spawnSync('ssh', ['-V']).status === 0;
  if (!ssh) console.warn('SKIPPED: targets are not compared with ssh -G, because there is no ssh here');
  describe.skipIf(!ssh)('agrees with ssh -G', () => {
    it.each([
      'web1',
      'a@b',
      'a@b@web1',
      'ssh://a%40b@web1:2222',
      'ssh://web1/',
      'me@::1',
      'me@fe80::1%lo',
      'ssh://u%20x@web1',
    ])('on %s', (text) => {
      const { stdout } = spawnSync('ssh', ['-F', 'none', '-G', '--', text], { encoding: 'utf8' });
      const { host, port = 22, username } = parseTarget(text);
      expect(stdout).toContain(`hostname ${host}\n`);
      expect(stdout).toContain(`port ${port}\n`);
      if (username !== undefined) expect(stdout).toContain(`user ${username}\n`);
    });

    it.each(['-web1', 'web 1', 'u;x@web1', 'we`b', '-u@web1', 'ssh://web1/x'])('that %s is not a target', (text) => {
      expect(spawnSync('ssh', ['-F', 'none', '-G', '--', text]).status).not.toBe(0);
      expect(() => parseTarget(text)).toThrow(ParseError);
    });
  });
});

describe('formatTarget', () => {
  it.each([
    [{ host: 'h' }, 'h'],
    [{ host: 'h', port: 22, username: 'u' }, 'u@h:22'],
    [{ host: '::1', port: 22 }, '[::1]:22'],
    [{ host: '::1' }, '::1'],
    [{ host: 'h', protocol: 'telnet', port: 23 }, 'telnet://h:23'],
    [{ host: 'fe80::1%eth0', protocol: 'openssh' }, 'openssh://[fe80::1%25eth0]'],
    [{ host: 'h', username: 'a:b' }, 'ssh://a%3Ab@h'],
    [{ host: 'localhost', protocol: 'local' }, 'local:'],
    [{ host: 'local', port: 22 }, 'ssh://local:22'],
  ] satisfies [Target, string][])('writes %j as %s', (target, text) => {
    expect(formatTarget(target)).toBe(text);
  });

  it('is undone by parseTarget', () => {
    const host = fc.oneof(fc.constantFrom('web1', 'local', '::1', 'fe80::1%eth0', '10.0.0.1'), fc.domain());
    const target = fc.record(
      {
        host,
        port: fc.integer({ min: 1, max: 65_535 }),
        username: fc.stringMatching(/^[a-z%\\:/@ü .]{1,8}[a-z]$/u),
        protocol: fc.constantFrom('ssh', 'openssh', 'telnet'),
      },
      { requiredKeys: ['host'] },
    );
    fc.assert(
      fc.property(target, (t) => {
        const { key, protocol = 'ssh', ...rest } = parseTarget(formatTarget(t));
        expect({ ...rest, protocol }).toEqual({ protocol: 'ssh', ...t });
        expect(key).toBe(formatTarget(t));
      }),
    );
  });
});

describe('targetKey', () => {
  it('is the key, which is the string that the target came from, and the host of one made by hand', () => {
    expect(targetKey(parseTarget('root@web1:22'))).toBe('root@web1:22');
    expect(targetKey({ host: 'web1', key: 'edge' })).toBe('edge');
    expect(targetKey({ host: 'web1' })).toBe('web1');
  });
});

describe('redactTarget', () => {
  const pem = '-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----\n';
  const jump: JumpHost = { id: 'root@edge:22', host: 'edge', dial: () => Promise.reject(new Error('not dialled')) };

  it('shows no secret, not even those of the hops, and keeps what identifies a key', () => {
    const target: Target = {
      host: 'web1',
      port: 22,
      password: 'hunter2',
      passphrase: () => 'hunter2',
      privateKey: ['~/.ssh/id_ed25519', pem, Buffer.from(pem)],
      proxyJump: ['a@b', { host: 'c', password: 'hunter2' }, jump],
      hostKey: () => true,
    };
    const shown = redactTarget(target);
    expect(shown).toEqual({
      host: 'web1',
      port: 22,
      password: '[secret]',
      passphrase: '[secret]',
      privateKey: ['~/.ssh/id_ed25519', '[secret]', '[secret]'],
      proxyJump: ['a@b', { host: 'c', password: '[secret]' }, 'root@edge:22'],
      hostKey: '[function]',
    });
    expect(inspect(shown, { depth: null }) + JSON.stringify(shown)).not.toContain('hunter2');
  });

  it('takes one key and one hop as it takes lists', () => {
    expect(redactTarget({ host: 'h', privateKey: pem, proxyJump: jump })).toEqual({
      host: 'h',
      privateKey: '[secret]',
      proxyJump: 'root@edge:22',
    });
  });

  it("tells a key's text from its path", () => {
    expect(isKeyText(pem)).toBe(true);
    expect(isKeyText(Buffer.from('x'))).toBe(true);
    expect(isKeyText('PuTTY-User-Key-File-3: ssh-ed25519')).toBe(true);
    expect(isKeyText('C:\\Users\\me\\.ssh\\id_ed25519')).toBe(false);
  });
});
