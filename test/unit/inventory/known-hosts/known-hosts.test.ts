import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { KnownHosts } from '../../../../src/inventory/known-hosts/known-hosts.js';
import { fingerprint } from '../../../../src/inventory/known-hosts/public-key.js';
import { ecdsaKey, ed25519Key, rsaKey, sshString, text } from './keys.js';

const key = ed25519Key('the key');
const other = ed25519Key('another key');

/** What is said of `key` for host `web1` on port 22, unless told otherwise. */
function status(lines: string | readonly string[], host = 'web1', port = 22, shown = key): string {
  return KnownHosts.parse(typeof lines === 'string' ? lines : lines.join('\n')).verify(host, port, shown).status;
}

describe('KnownHosts.verify', () => {
  it('trusts the key on record, and says where it stands', () => {
    const known = KnownHosts.parse(`# comment\n\nweb1 ${text(key)} root@web1\n`, { file: 'kh' });
    expect(known.verify('web1', 22, key)).toEqual({
      status: 'trusted',
      keyType: 'ssh-ed25519',
      fingerprint: fingerprint(key),
      file: 'kh',
      line: 3,
      knownTypes: ['ssh-ed25519'],
    });
  });

  it('knows nothing of a host that is not on record', () => {
    const verdict = KnownHosts.parse(`web2 ${text(key)}`).verify('web1', 22, key);
    expect(verdict).toMatchObject({ status: 'unknown', knownTypes: [] });
    expect(verdict.line).toBeUndefined();
  });

  it('calls another key of the same type a mismatch, and names the line with that type', () => {
    const known = KnownHosts.parse(`web1 ${text(rsaKey('r'))}\nweb1 ${text(other)}`, { file: 'kh' });
    expect(known.verify('web1', 22, key)).toMatchObject({
      status: 'mismatch',
      file: 'kh',
      line: 2,
      knownTypes: ['ssh-rsa', 'ssh-ed25519'],
    });
  });

  it('calls a key of a type that is not on record a mismatch, as OpenSSH does', () => {
    expect(KnownHosts.parse(`web1 ${text(ecdsaKey('e'))}`).verify('web1', 22, key)).toMatchObject({
      status: 'mismatch',
      line: 1,
      knownTypes: ['ecdsa-sha2-nistp256'],
    });
  });

  it('trusts each of several keys of one host', () => {
    const lines = [`web1 ${text(other)}`, `web1 ${text(rsaKey('r'))}`, `web1 ${text(key)}`];
    expect(status(lines)).toBe('trusted');
    expect(status(lines, 'web1', 22, rsaKey('r'))).toBe('trusted');
    expect(status(lines, 'web1', 22, rsaKey('s'))).toBe('mismatch');
  });

  it('lets a revoked key win over a trusted one, in whatever order they stand', () => {
    const trusted = `web1 ${text(key)}`;
    const revoked = `@revoked web1 ${text(key)}`;
    expect(status([trusted, revoked])).toBe('revoked');
    expect(status([revoked, trusted])).toBe('revoked');
    expect(status([`@revoked * ${text(key)}`, trusted])).toBe('revoked');
    expect(status([`@revoked\tweb1\t${text(key)}`])).toBe('revoked');
    expect(status([`@revoked web2 ${text(key)}`, trusted])).toBe('trusted');
  });

  it('does not count a revoked key as one on record: another key is unknown', () => {
    expect(status(`@revoked web1 ${text(other)}`)).toBe('unknown');
  });

  it('does not take a certificate authority for a host key', () => {
    expect(status(`@cert-authority web1 ${text(key)}`)).toBe('unknown');
    expect(status([`@cert-authority * ${text(other)}`, `web1 ${text(key)}`])).toBe('trusted');
  });

  it('finds hashed names', () => {
    const line = KnownHosts.line('web1', 22, key, { hash: true });
    expect(line).toMatch(/^\|1\|[^ ]+ ssh-ed25519 /);
    expect(status(line)).toBe('trusted');
    expect(status(line, 'WEB1')).toBe('trusted');
    expect(status(line, 'web2')).toBe('unknown');
    expect(status(line, 'web1', 22, other)).toBe('mismatch');
    expect(status(`@revoked ${line}`)).toBe('revoked');
  });

  it('finds hashed names longer than one block of the hash', () => {
    for (const length of [53, 54, 55, 56, 63, 64, 118, 119, 120, 250]) {
      const host = 'h'.repeat(length);
      expect(status(KnownHosts.line(host, 2222, key, { hash: true }), host, 2222)).toBe('trusted');
    }
  });

  it('keeps ports apart', () => {
    const line = `[web1]:2222 ${text(key)}`;
    expect(status(line, 'web1', 2222)).toBe('trusted');
    expect(status(line, 'web1', 22)).toBe('unknown');
    expect(status(line, 'web1', 2223)).toBe('unknown');
    expect(status(`[web1]:22 ${text(key)}`)).toBe('unknown');
  });

  it('trusts the very key of the plain name at another port, where none is on record for that port', () => {
    expect(status(`web1 ${text(key)}`, 'web1', 2222)).toBe('trusted');
    expect(status(KnownHosts.line('web1', 22, key, { hash: true }), 'web1', 2222)).toBe('trusted');
    expect(status(`web1 ${text(other)}`, 'web1', 2222)).toBe('unknown');
    expect(status([`[web1]:2222 ${text(other)}`, `web1 ${text(key)}`], 'web1', 2222)).toBe('mismatch');
  });

  it('holds a key that is revoked for the plain name revoked at every port', () => {
    expect(status(`@revoked web1 ${text(key)}`, 'web1', 2222)).toBe('revoked');
    expect(status([`@revoked web1 ${text(key)}`, `[web1]:2222 ${text(key)}`], 'web1', 2222)).toBe('revoked');
    expect(status([`@revoked [web1]:2222 ${text(key)}`, `web1 ${text(key)}`])).toBe('trusted');
  });

  it.each([
    ['*.example.com', 'a.example.com', 'trusted'],
    ['*.example.com', 'example.com', 'unknown'],
    ['web?', 'web1', 'trusted'],
    ['web?', 'web10', 'unknown'],
    ['db1,web1,10.0.0.1', 'web1', 'trusted'],
    ['db1,,web1', 'web1', 'trusted'],
    ['*,!web1', 'web1', 'unknown'],
    ['!web1,*', 'web1', 'unknown'],
    ['*,!web1', 'web2', 'trusted'],
    ['!web2', 'web1', 'unknown'],
    ['WEB1', 'web1', 'trusted'],
    ['*.EXAMPLE.com', 'A.example.COM', 'trusted'],
    ['web1', 'WEB1', 'trusted'],
    ['::1', '::1', 'trusted'],
    ['fe80::1%eth0', 'fe80::1%eth0', 'trusted'],
    ['web1,|1|x', '|1|x', 'trusted'],
  ])('takes the names %j for the host %j: %s', (names, host, expected) => {
    expect(status(`${names} ${text(key)}`, host)).toBe(expected);
  });

  it.each([
    ['[*]:2222', 'web1', 2222, 'trusted'],
    ['[web1]:*', 'web1', 2222, 'trusted'],
    ['[::1]:2222', '::1', 2222, 'trusted'],
    ['*', 'web1', 2222, 'trusted'],
    ['web*', 'web1', 2222, 'trusted'],
    ['[web1]:2222,!*', 'web1', 2222, 'unknown'],
  ])('takes the names %j for the host %j on port %i: %s', (names, host, port, expected) => {
    expect(status(`${names} ${text(key)}`, host, port)).toBe(expected);
  });

  it('reads Windows line ends, a last line without an end, tabs and leading blanks', () => {
    expect(status(`web2 ${text(other)}\r\nweb1 ${text(key)}\r\n\r\n`)).toBe('trusted');
    expect(status(` \tweb1\t ${text(key).replace(' ', '\t ')}`)).toBe('trusted');
    expect(KnownHosts.parse(`web1 ${text(key)}\r\n\r\n# x\r\n`).warnings).toEqual([]);
  });

  it('refuses a key in an encoding that could hide a revoked one', () => {
    const known = KnownHosts.parse(`@revoked * ${text(rsaKey('r'))}`);
    const modulus = rsaKey('r').subarray(-257);
    const disguised = [
      Buffer.concat([rsaKey('r'), Buffer.from([0])]),
      Buffer.concat([sshString('ssh-rsa'), sshString(Buffer.from([0, 1, 0, 1])), sshString(modulus)]),
      Buffer.concat([
        sshString('ssh-rsa'),
        sshString(Buffer.from([1, 0, 1])),
        sshString(Buffer.concat([Buffer.of(0), modulus])),
      ]),
      Buffer.concat([sshString('ecdsa-sha2-nistp256'), sshString('nistp256'), sshString(Buffer.alloc(33, 2))]),
      Buffer.alloc(0),
      Buffer.from('not a key at all'),
    ];
    for (const shown of disguised) expect(() => known.verify('web1', 22, shown)).toThrow(OptionError);
  });

  it('refuses a port that is none', () => {
    for (const port of [0, -1, 65536, 1.5, Number.NaN]) expect(() => status('', 'web1', port)).toThrow(OptionError);
  });

  it('takes in a line that was recorded since', () => {
    const known = KnownHosts.parse('');
    for (const hash of [false, true]) {
      const host = `late-${hash}`;
      expect(known.verify(host, 2222, key).status).toBe('unknown');
      known.add(KnownHosts.line(host, 2222, key, { hash }), { file: 'kh', line: 7 });
      expect(known.verify(host, 2222, key)).toMatchObject({ status: 'trusted', file: 'kh', line: 7 });
      expect(known.verify(host, 2222, other).status).toBe('mismatch');
    }
  });
});

describe('KnownHosts.lookup', () => {
  it('lists every entry for a host in the order of the file, with its marker', () => {
    const known = KnownHosts.parse(
      [
        `* ${text(other)}`,
        `@cert-authority *.example.com ${text(rsaKey('ca'))} the authority `,
        KnownHosts.line('web1.example.com', 22, key, { hash: true }),
        `web1.example.com,web1 ${text(ecdsaKey('e'))}`,
        `@revoked web1.example.com ${text(key)}`,
        `web2 ${text(key)}`,
      ].join('\n'),
      { file: 'kh' },
    );
    const found = known.lookup('Web1.example.com', 22);
    expect(found.map((entry) => [entry.line, entry.marker, entry.type])).toEqual([
      [1, undefined, 'ssh-ed25519'],
      [2, 'cert-authority', 'ssh-rsa'],
      [3, undefined, 'ssh-ed25519'],
      [4, undefined, 'ecdsa-sha2-nistp256'],
      [5, 'revoked', 'ssh-ed25519'],
    ]);
    expect(found[1]).toMatchObject({ names: '*.example.com', comment: 'the authority', file: 'kh', key: rsaKey('ca') });
  });

  it('lists nothing of the plain name for another port', () => {
    expect(KnownHosts.parse(`web1 ${text(key)}`).lookup('web1', 2222)).toEqual([]);
  });
});

describe('KnownHosts.keyTypes', () => {
  it('gives the types of the host keys, each once, without revoked keys and authorities', () => {
    const known = KnownHosts.parse(
      [
        KnownHosts.line('web1', 22, rsaKey('r'), { hash: true }),
        `web1 ${text(key)}`,
        `web1 ${text(other)}`,
        `@cert-authority web1 ${text(ecdsaKey('ca'))}`,
      ].join('\n'),
    );
    expect(known.keyTypes('web1', 22)).toEqual({ types: ['ssh-rsa', 'ssh-ed25519'], complete: true });
    expect(known.keyTypes('web2', 22)).toEqual({ types: [], complete: true });
  });

  it('does not search a big hashed file, says so, and leaves the answer to the verdict', () => {
    const hashed = Array.from({ length: 2001 }, (_, i) => KnownHosts.line(`h${i}`, 22, rsaKey('r'), { hash: true }));
    const known = KnownHosts.parse([...hashed, `h7 ${text(key)}`].join('\n'));
    expect(known.keyTypes('h7', 22)).toEqual({ types: ['ssh-ed25519'], complete: false });
    expect(known.verify('h7', 22, other)).toMatchObject({ status: 'mismatch', knownTypes: ['ssh-rsa', 'ssh-ed25519'] });
    expect(known.keyTypes('h7', 22)).toEqual({ types: ['ssh-rsa', 'ssh-ed25519'], complete: true });
  });
});

describe('KnownHosts.parse', () => {
  const base64 = key.toString('base64');

  it.each([
    ['web1', 5, 'the key is missing'],
    ['web1 ssh-ed25519', 17, 'the key is missing'],
    ['web1 # no key', 6, 'the key is missing'],
    ['@bogus web1 ssh-ed25519 AAAA', 1, 'no marker @bogus'],
    ['@revoked', 9, 'host names are missing'],
    ['@revoked @revoked web1 ssh-ed25519 AAAA', 10, 'one marker at most'],
    ['|1|abc|def ssh-ed25519 AAAA', 1, '|1|salt|hash'],
    ['web1 1024 35 1234567890', 6, 'SSH protocol 1'],
    ['web1 ssh-ed25519 AAAA?', 18, 'not in base64'],
    [`web1 ssh-ed25519 ${base64}#x`, 18, 'not in base64'],
    [`web1 ssh-ed25519 ${base64.slice(0, -4)}`, 18, 'cut short'],
    [`web1 ssh-ed25519 ${Buffer.concat([key, Buffer.alloc(3)]).toString('base64')}`, 18, 'something follows the key'],
    [`web1 ssh-rsa ${base64}`, 6, 'the type is given as ssh-rsa, and the key says ssh-ed25519'],
    [`web1 ED25519 ${base64}`, 6, 'the type is given as ED25519'],
    ['\u0000\u0001\u0002 \u0003 \u0004', 7, 'not in base64'],
  ])('skips the line %j with a warning at column %i', (line, column, why) => {
    const known = KnownHosts.parse(`# first\n${line}\nweb1 ${text(key)}`, { file: '/etc/kh' });
    expect(known.warnings).toHaveLength(1);
    expect(known.warnings[0]).toMatchObject({ name: 'ParseError', file: '/etc/kh', line: 2, column });
    expect(known.warnings[0]?.message).toContain(why);
    expect(known.verify('web1', 22, key).status).toBe('trusted');
  });

  it('never shows a control character of a line in a warning', () => {
    const [warning] = KnownHosts.parse('@\u001b[31mred web1 ssh-ed25519 AAAA').warnings;
    expect(warning?.message).toContain('\\x1b[31mred');
  });

  it('takes the names of RSA signature algorithms for the RSA key type, as OpenSSH does', () => {
    const line = `web1 rsa-sha2-512 ${rsaKey('r').toString('base64')}`;
    expect(KnownHosts.parse(line).lookup('web1', 22)[0]?.type).toBe('ssh-rsa');
  });

  it('keeps keys of types that it does not know: they are on record all the same', () => {
    const future = Buffer.concat([sshString('ssh-mldsa-87@example.com'), Buffer.from('whatever follows')]);
    expect(status(`web1 ${text(future)}`, 'web1', 22, future)).toBe('trusted');
    expect(status(`web1 ${text(future)}`)).toBe('mismatch');
  });
});

describe('KnownHosts.line', () => {
  it('writes the plain name for port 22 and brackets for the others', () => {
    expect(KnownHosts.line('Web1', 22, key)).toBe(`web1 ${text(key)}`);
    expect(KnownHosts.line('web1', 2222, key)).toBe(`[web1]:2222 ${text(key)}`);
    expect(KnownHosts.line('::1', 2222, key)).toBe(`[::1]:2222 ${text(key)}`);
  });

  it('refuses hosts that would say more than one host', () => {
    for (const host of ['', 'a b', 'a\nb', 'a,b', '*', 'web?', '!web1', '#web1', '@revoked', '|1|x|y', '[web1]']) {
      expect(() => KnownHosts.line(host, 22, key)).toThrow(OptionError);
    }
  });

  it('refuses what is no key', () => {
    expect(() => KnownHosts.line('web1', 22, Buffer.from('ssh-ed25519 AAAA'))).toThrow(OptionError);
  });
});

describe('KnownHosts.load', () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'hawser-known-hosts-'));
  });
  afterAll(async () => {
    await rm(dir, { recursive: true });
  });

  it('reads several files in order, and takes missing ones for empty', async () => {
    await writeFile(join(dir, 'one'), `web1 ${text(other)}\ngarbage`);
    await writeFile(join(dir, 'two'), `web1 ${text(key)}\n`);
    const known = await KnownHosts.load([join(dir, 'missing'), join(dir, 'one'), join(dir, 'two')]);
    expect(known.verify('web1', 22, key)).toMatchObject({ status: 'trusted', file: join(dir, 'two'), line: 1 });
    expect(known.warnings[0]).toMatchObject({ file: join(dir, 'one'), line: 2 });
    expect((await KnownHosts.load(join(dir, 'missing'))).lookup('web1', 22)).toEqual([]);
  });

  it('reads the default files without failing', async () => {
    expect(await KnownHosts.load()).toBeInstanceOf(KnownHosts);
  });

  it('says which file cannot be read', async () => {
    await mkdir(join(dir, 'directory'));
    await expect(KnownHosts.load(join(dir, 'directory'))).rejects.toMatchObject({
      code: 'ERR_HAWSER_KNOWN_HOSTS',
      message: expect.stringMatching(/Could not read the known_hosts file .*\/directory: EISDIR/),
    });
  });

  it('gives up when its signal fires', async () => {
    await expect(KnownHosts.load(join(dir, 'one'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
