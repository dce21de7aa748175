import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KnownHosts } from '../../../../src/inventory/known-hosts/known-hosts.js';
import { fingerprint } from '../../../../src/inventory/known-hosts/public-key.js';
import { ecdsaKey, ed25519Key, text } from './keys.js';

const SSHD = '/usr/sbin/sshd';

function present(...programs: readonly [string, string][]): boolean {
  const missing = programs.filter(([program, flag]) => spawnSync(program, [flag]).error !== undefined);
  for (const [program] of missing) console.warn(`SKIPPED: comparison with ${program}, which is not installed`);
  return missing.length === 0;
}

let dir: string;
let file: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'hawser-known-hosts-'));
  file = join(dir, 'known_hosts');
});
afterAll(() => {
  rmSync(dir, { recursive: true });
});

/** Makes a key pair with ssh-keygen, and returns the public key as it goes over the wire. */
function makeKey(name: string, ...options: readonly string[]): Buffer {
  execFileSync('ssh-keygen', ['-q', '-N', '', '-f', join(dir, name), ...options]);
  return Buffer.from(readFileSync(join(dir, `${name}.pub`), 'utf8').split(' ')[1] ?? '', 'base64');
}

describe.skipIf(!present(['ssh-keygen', '-?']))('KnownHosts agrees with ssh-keygen', () => {
  /** The lines that `ssh-keygen -F` finds in `file` for a name as it is recorded. */
  function foundBySshKeygen(name: string): number[] {
    const { stdout } = spawnSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' });
    return [...stdout.matchAll(/^# Host .* found: line (\d+)/gm)].map((match) => Number(match[1]));
  }

  const key = text(ed25519Key('k'));
  const lines = [
    `web1,10.0.0.1 ${key}`,
    `*.Example.com,!secret.example.com ${key}`,
    `[web1]:2222 ${key}`,
    `@revoked web? ${text(ecdsaKey('r'))}`,
    `@cert-authority [*]:2222 ${key}`,
    '# web1',
    `!web1,* ${key}`,
    `::1,[::1]:2222 ${key}`,
    `@bogus web1 ${key}`,
    `\t web1\t${key.replace(' ', '\t\t')} comment`,
    `WEB1 ${key}\r`,
    `,web1,, ${key}`,
    KnownHosts.line('web1', 22, ed25519Key('h'), { hash: true }),
    KnownHosts.line('web1', 2222, ed25519Key('h'), { hash: true }),
    `@revoked ${KnownHosts.line('::1', 22, ed25519Key('h'), { hash: true })}`,
    `web1 ${key}`,
  ];

  it.each([
    ['web1', 22],
    ['WEB1', 22],
    ['web1', 2222],
    ['web2', 22],
    ['web2', 2222],
    ['web22', 22],
    ['10.0.0.1', 22],
    ['10.0.0.1', 2222],
    ['a.example.com', 22],
    ['secret.example.com', 22],
    ['A.EXAMPLE.COM', 2222],
    ['::1', 22],
    ['::1', 2222],
  ])('about the lines for %s on port %i', (host, port) => {
    writeFileSync(file, lines.join('\n'));
    // Names are compared in lower case, but ssh-keygen leaves that to the caller where they are hashed.
    const name = port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
    const known = KnownHosts.parse(readFileSync(file, 'utf8'));
    expect(known.lookup(host, port).map((entry) => entry.line)).toEqual(foundBySshKeygen(name));
  });

  it('about names hashed by ssh-keygen -H', () => {
    writeFileSync(file, `Web1,10.0.0.1,[web1]:2222 ${key}\n::1 ${key}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const known = KnownHosts.parse(readFileSync(file, 'utf8'));
    expect(known.warnings).toEqual([]);
    for (const [host, port] of [
      ['web1', 22],
      ['WEB1', 22],
      ['10.0.0.1', 22],
      ['web1', 2222],
      ['::1', 22],
    ] as const) {
      expect(known.lookup(host, port)).toHaveLength(1);
      expect(known.lookup(host, port)[0]?.names).toMatch(/^\|1\|/);
    }
    expect(known.lookup('web2', 22)).toEqual([]);
  });

  it('about hashed names that we wrote', () => {
    writeFileSync(
      file,
      [1, 2, 3].map((i) => `${KnownHosts.line(`Web${i}`, 2200 + i, ed25519Key('k'), { hash: true })}\n`).join(''),
    );
    for (const i of [1, 2, 3]) expect(foundBySshKeygen(`[web${i}]:${2200 + i}`)).toEqual([i]);
  });

  it('about lists of patterns, whatever they are', () => {
    const part = fc.stringMatching(/^!?[ab*?]{1,4}$/);
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), fc.stringMatching(/^[ab]{1,4}$/), (parts, host) => {
        const line = `${parts.join(',')} ${key}`;
        writeFileSync(file, line);
        expect(KnownHosts.parse(line).lookup(host, 22)).toHaveLength(foundBySshKeygen(host).length);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['ed25519', []],
    ['rsa', ['-b', '2048']],
    ['ecdsa', ['-b', '256']],
    ['ecdsa', ['-b', '521']],
  ])('about the fingerprint and the form of a real key: %s %j', (type, options) => {
    const name = [type, ...options].join('');
    const blob = makeKey(name, '-t', type, ...options);
    const [, printed] = execFileSync('ssh-keygen', ['-l', '-f', join(dir, `${name}.pub`)], { encoding: 'utf8' }).split(
      ' ',
    );
    expect(fingerprint(blob)).toBe(printed);
    const line = KnownHosts.line('web1', 22, blob);
    expect(KnownHosts.parse(line).verify('web1', 22, blob).status).toBe('trusted');
  });

  it('about which lines hold a key', () => {
    const blob = makeKey('good', '-t', 'ed25519').toString('base64');
    const candidates = [
      `h ssh-ed25519 ${blob}`,
      `h ssh-ed25519 ${blob} comment`,
      `h ssh-ed25519 ${blob}#`,
      `h ssh-ed25519 ${blob.slice(0, -4)}`,
      `h ssh-ed25519 ${blob}AAAA`,
      `h ssh-rsa ${blob}`,
      `h ssh-ed25519 ${blob.slice(0, 20)} ${blob.slice(20)}`,
      'h ssh-ed25519',
      'h',
      'h 1024 35 1234567',
    ];
    for (const line of candidates) {
      writeFileSync(file, `${line}\n`);
      const { status } = spawnSync('ssh-keygen', ['-l', '-f', file]);
      expect([line, KnownHosts.parse(line).lookup('h', 22).length]).toEqual([line, status === 0 ? 1 : 0]);
    }
  });
});

/** As root, sshd wants this directory; as anyone else it does not. */
function sshdCanRun(): boolean {
  if (!present(['ssh', '-V'], ['ssh-keygen', '-?'], [SSHD, '-?'])) return false;
  if (process.getuid?.() !== 0) return true;
  try {
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    accessSync('/run/sshd');
    return true;
  } catch {
    console.warn('SKIPPED: comparison with ssh, as sshd cannot have its /run/sshd');
    return false;
  }
}

describe.skipIf(!sshdCanRun())('KnownHosts.verify agrees with ssh', () => {
  let key: Buffer;
  let config: string;
  beforeAll(() => {
    key = makeKey('host', '-t', 'ed25519');
    makeKey('other', '-t', 'ed25519');
    makeKey('othertype', '-t', 'ecdsa');
    config = join(dir, 'sshd_config');
    writeFileSync(config, `HostKey ${join(dir, 'host')}\nStrictModes no\nUsePAM no\nPidFile none\nLogLevel QUIET\n`);
  });

  const pub = (name: string): string =>
    readFileSync(join(dir, `${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');

  /** What ssh thinks of the server's key: the server is a process at the end of a pipe, so any host and port will do. */
  function judgedBySsh(host: string, port: number, checking: 'yes' | 'accept-new'): string {
    const options = {
      ProxyCommand: `${SSHD} -i -f ${config}`,
      StrictHostKeyChecking: checking,
      UserKnownHostsFile: file,
      GlobalKnownHostsFile: '/dev/null',
      KexAlgorithms: 'curve25519-sha256',
      PreferredAuthentications: 'none',
      UpdateHostKeys: 'no',
      BatchMode: 'yes',
    };
    const words = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    const { stderr } = spawnSync('ssh', ['-F', 'none', '-p', `${port}`, ...words, `nobody@${host}`, 'true'], {
      encoding: 'utf8',
    });
    if (stderr.includes('Permanently added')) return 'added';
    if (stderr.includes('Permission denied')) return 'trusted';
    if (stderr.includes('REVOKED HOST KEY')) return 'revoked';
    if (stderr.includes('IDENTIFICATION HAS CHANGED')) return 'mismatch';
    if (/No .* host key is known/.test(stderr)) return 'unknown';
    throw new Error(`ssh said something else: ${stderr}`);
  }

  it.each<[string, string, number, string[]]>([
    ['no line', 'web1', 22, []],
    ['the key', 'web1', 22, ['web1 host']],
    ['another key', 'web1', 22, ['web1 other']],
    ['a key of another type alone', 'web1', 22, ['web1 othertype']],
    ['the key after others', 'web1', 22, ['web1 other', 'web1 othertype', 'web1 host']],
    ['a revoked key', 'web1', 22, ['web1 host', '@revoked web1 host']],
    ['a revoked key for all', 'web1', 2222, ['@revoked * host', '[web1]:2222 host']],
    ['a revoked other key', 'web1', 22, ['@revoked web1 other']],
    ['an authority with the key', 'web1', 22, ['@cert-authority web1 host']],
    ['the key for the port', 'web1', 2222, ['[web1]:2222 host']],
    ['the key for another port', 'web1', 22, ['[web1]:2222 host']],
    ['the key for the plain name', 'web1', 2222, ['web1 host']],
    ['another key for the plain name', 'web1', 2222, ['web1 other']],
    ['another key for the port, the key for the plain name', 'web1', 2222, ['[web1]:2222 other', 'web1 host']],
    ['the key for all, but not for the plain name', 'web1', 2222, ['!web1,* host']],
    ['the key for all, but not for the port', 'web1', 2222, ['![web1]:*,* host']],
    ['the key for a name in capitals', 'web1', 22, ['WEB1 host']],
    ['the key for an IPv6 address', '::1', 2222, ['[::1]:2222 host']],
  ])('about %s', (_, host, port, lines) => {
    const known = `${lines.map((line) => line.replace(/\w+$/, pub)).join('\n')}\n`;
    const { status } = KnownHosts.parse(known).verify(host, port, key);
    writeFileSync(file, known);
    expect(judgedBySsh(host, port, 'yes')).toBe(status);
    expect(judgedBySsh(host, port, 'accept-new')).toBe(status === 'unknown' ? 'added' : status);
    if (status === 'unknown') {
      // What ssh has added is what we find from now on.
      expect(KnownHosts.parse(readFileSync(file, 'utf8')).verify(host, port, key).status).toBe('trusted');
    }
  });

  it('but not about a key that is revoked for the plain name: ssh adds it for another port, we never do', () => {
    writeFileSync(file, `@revoked web1 ${pub('host')}\n`);
    expect(KnownHosts.parse(readFileSync(file, 'utf8')).verify('web1', 2222, key).status).toBe('revoked');
    expect(judgedBySsh('web1', 2222, 'accept-new')).toBe('added');
  });
});
