import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/hawser-error.js';
import { SshConfig } from '../../../src/inventory/ssh-config/ssh-config.js';
import { configuredAlgorithms, offer } from '../../../src/transport/ssh2/algorithms.js';
import { ALGORITHMS } from '../../../src/transport/ssh2/internals.js';

/** What an ssh_config text asks for. */
function configured(text: string): ReturnType<typeof configuredAlgorithms> {
  return configuredAlgorithms(SshConfig.parse(text).resolve({ host: 'web1' }));
}

const CIPHERS = ALGORITHMS.cipher.preferred;
const HOST_KEYS = offer({}, [], 'web1').serverHostKey as string[];

describe('what is offered', () => {
  it('is what the transport holds to be safe: no SHA-1 signature, no compression', () => {
    const usual = offer({}, [], 'web1');
    expect(usual.serverHostKey).not.toContain('ssh-rsa');
    expect(usual.serverHostKey).toContain('rsa-sha2-512');
    expect(usual.compress).toEqual(['none']);
    for (const list of Object.values(usual)) expect(list).not.toEqual([]);
  });

  it('is what was asked for, in that order', () => {
    const algorithms = {
      cipher: ['aes256-ctr', 'aes128-ctr'],
      hostKey: ['ssh-rsa'],
      compression: ['zlib@openssh.com'],
    };
    expect(offer(algorithms, [], 'web1')).toMatchObject({
      cipher: ['aes256-ctr', 'aes128-ctr'],
      serverHostKey: ['ssh-rsa'],
      compress: ['zlib@openssh.com'],
    });
  });

  it.each<[readonly string[], readonly string[]]>([
    [['ssh-ed25519'], ['ssh-ed25519']],
    [['ssh-rsa'], ['rsa-sha2-512', 'rsa-sha2-256']],
    [
      ['ssh-rsa', 'ecdsa-sha2-nistp256'],
      ['ecdsa-sha2-nistp256', 'rsa-sha2-512', 'rsa-sha2-256'],
    ],
    [['ssh-unheard-of'], []],
    [[], []],
  ])('begins, for a host with keys %j on record, with %j', (known, first) => {
    const names = offer({}, known, 'web1').serverHostKey as string[];
    expect(new Set(names.slice(0, first.length))).toEqual(new Set(first));
    expect([...names].sort()).toEqual([...HOST_KEYS].sort());
  });

  it('names the algorithm that the transport does not have, and the way out', () => {
    const asked = (): unknown => offer({ kex: ['sntrup761x25519-sha512@openssh.com'] }, [], 'web1');
    expect(asked).toThrow(OptionError);
    expect(asked).toThrow('the kex algorithm "sntrup761x25519-sha512@openssh.com" is not among those');
    expect(asked).toThrow('or use the openssh transport');
  });

  it('is never nothing', () => {
    const asked = (): unknown => offer(configured('Ciphers -*'), [], 'web1');
    expect(asked).toThrow(OptionError);
    expect(asked).toThrow('no cipher algorithm is left to offer');
  });
});

describe('the lists of ssh_config', () => {
  it.each<[string, object]>([
    ['', {}],
    ['Compression yes', { compression: ['zlib@openssh.com', 'none'] }],
    ['Compression no', {}],
    ['Ciphers aes256-ctr,aes128-ctr', { cipher: ['aes256-ctr', 'aes128-ctr'] }],
    ['Ciphers aes128-ctr,aes128-ctr', { cipher: ['aes128-ctr'] }],
    ['Ciphers +aes128-cbc', { cipher: [...CIPHERS, 'aes128-cbc'] }],
    ['Ciphers +aes256-ctr', { cipher: CIPHERS }],
    ['Ciphers -aes*', { cipher: CIPHERS.filter((name) => !name.startsWith('aes')) }],
    ['Ciphers -nothing', { cipher: CIPHERS }],
    ['Ciphers ^aes256-ctr', { cipher: ['aes256-ctr', ...CIPHERS.filter((name) => name !== 'aes256-ctr')] }],
    ['MACs hmac-sha2-256', { mac: ['hmac-sha2-256'] }],
    ['KexAlgorithms curve25519-sha256', { kex: ['curve25519-sha256'] }],
    ['HostKeyAlgorithms ssh-rsa', { hostKey: ['ssh-rsa'] }],
    ['HostKeyAlgorithms +ssh-rsa', { hostKey: [...HOST_KEYS, 'ssh-rsa'] }],
    ['HostKeyAlgorithms ^ssh-ed25519', { hostKey: ['ssh-ed25519', ...HOST_KEYS.filter((n) => n !== 'ssh-ed25519')] }],
    ['HostKeyAlgorithms -ecdsa*', { hostKey: HOST_KEYS.filter((name) => !name.startsWith('ecdsa')) }],
  ])('%j', (text, expected) => {
    expect(configured(text)).toEqual(expected);
  });

  it('may name what only ssh has, as long as something is left', () => {
    const text = 'KexAlgorithms sntrup761x25519-sha512@openssh.com,curve25519-sha256';
    expect(configured(text)).toEqual({ kex: ['curve25519-sha256'] });
    const alone = configured('KexAlgorithms sntrup761x25519-sha512@openssh.com');
    expect(() => offer(alone, [], 'web1')).toThrow(OptionError);
  });
});

const hasSsh = spawnSync('ssh', ['-V']).status === 0;
if (!hasSsh) console.warn('SKIPPED: ssh is missing, so its lists of algorithms were not compared with ours');

describe.skipIf(!hasSsh)('compared with ssh -G', () => {
  /** ssh's own list, without what the transport does not have. */
  function sshList(option: string, keyword: string): string[] {
    const { stdout } = spawnSync('ssh', ['-G', '-F', '/dev/null', '-o', option, 'web1'], { encoding: 'utf8' });
    const line = stdout.split('\n').find((text) => text.startsWith(`${keyword} `)) ?? '';
    return line
      .slice(keyword.length + 1)
      .split(',')
      .filter((name) => ALGORITHMS.cipher.supported.includes(name));
  }

  it.each(['aes256-ctr,aes128-ctr', 'aes128-ctr,aes256-ctr,aes128-ctr'])('Ciphers %s is the same list', (value) => {
    expect(configured(`Ciphers ${value}`).cipher).toEqual([...new Set(sshList(`Ciphers=${value}`, 'ciphers'))]);
  });

  it.each(['^aes256-ctr', '^aes256-ctr,aes128-ctr'])('Ciphers %s begins in the same way', (value) => {
    const first = value.slice(1).split(',');
    expect(configured(`Ciphers ${value}`).cipher?.slice(0, first.length)).toEqual(first);
    expect(sshList(`Ciphers=${value}`, 'ciphers').slice(0, first.length)).toEqual(first);
  });

  it.each(['-aes*', '-*ctr,*gcm*'])('Ciphers %s leaves out the same', (value) => {
    const ours = new Set(configured(`Ciphers ${value}`).cipher);
    const theirs = new Set(sshList(`Ciphers=${value}`, 'ciphers'));
    for (const name of CIPHERS)
      if (sshList('Ciphers=+aes256-ctr', 'ciphers').includes(name)) {
        expect([name, ours.has(name)]).toEqual([name, theirs.has(name)]);
      }
  });
});
