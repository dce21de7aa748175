import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunFlags } from '../../../../src/cli/run/run-flags.js';
import { seemsSecret } from '../../../../src/cli/runs/command-secret.js';
import { keepFlags } from '../../../../src/cli/runs/kept-flags.js';
import { readFlags } from '../../../../src/cli/runs/read-flags.js';
import { TailKeeper } from '../../../../src/cli/runs/tail-keeper.js';

describe('what looks like a secret', () => {
  it.each([
    'PGPASSWORD=x psql',
    'export API_KEY=abc; run',
    'app --password hunter2',
    'app --password=hunter2',
    'app --db-pass hunter2',
    'app --token=abc',
    `curl -H 'Authorization: Bearer abcdefgh123' https://x`,
    'curl -u me:pw https://x',
    'git clone https://me:pw@host/x.git',
    'mysql -u root -psecret -e "select 1"',
    'sshpass -p x ssh y',
    'echo root:pw | chpasswd',
    'echo pw | sudo -S id',
    'echo pw | docker login -u me --password-stdin',
    `echo '{"client_secret": "x"}' > f`,
    'aws configure set aws_secret_access_key x',
    'x AKIAABCDEFGHIJKLMNOP',
    'x ghp_abcdefghijklmnopqrstuvwxyz',
    "printf -- '-----BEGIN OPENSSH PRIVATE KEY-----'",
  ])('is seen in %s', (command) => {
    expect(seemsSecret(command)).toBe(true);
  });

  it.each([
    'uptime',
    'systemctl restart app',
    'cat /etc/passwd | wc -l',
    'LANG=C df -h /',
    'grep -c token /var/log/app.log',
    'ls -la /etc/ssl/private',
    'rsync -a host:/a /b',
    'curl -s http://localhost:8080/health',
    "awk -F: '{print $1}' /etc/group",
  ])('is not seen in %s', (command) => {
    expect(seemsSecret(command)).toBe(false);
  });

  it('is looked for in a long command in no time', () => {
    expect(seemsSecret('a'.repeat(500_000))).toBe(false);
    expect(seemsSecret(`${'-pas '.repeat(50_000)}`)).toBe(false);
  });
});

describe('kept flags', () => {
  const flags = (some: Partial<RunFlags>): RunFlags => ({ color: 'auto', output: 'stream', record: true, ...some });

  it('are read as they were given, with files made whole', () => {
    const some: Partial<RunFlags> = {
      user: 'me',
      port: 2222,
      identity: ['/k1', '~/k2'],
      sshConfig: 'none',
      knownHosts: ['/kh'],
      acceptNew: true,
      askPass: true,
      connectTimeout: 1500,
      inventory: '/inv.yaml',
      sudo: 'www-data',
      askSudoPass: true,
      cwd: '/tmp/a b',
      timeout: 500.5,
      batchSize: 3,
      failFast: true,
      maxFailures: '5%',
      serial: [1, '25%'],
      canary: 2,
      pause: 30_000,
      retries: 0,
      order: 'random',
    };
    const { reach, how } = keepFlags(flags(some));
    expect(readFlags([...reach, ...how])).toEqual(some);
    expect(keepFlags(flags({ identity: ['id'], jump: 'edge,core' })).reach).toEqual([
      `--identity=${resolve('id')}`,
      '--jump=edge,core',
    ]);
    expect(readFlags(keepFlags(flags({ sudo: true })).how)).toEqual({ sudo: true });
    expect(keepFlags(flags({}))).toEqual({ reach: [], how: [] });
  });

  it('have no value of a variable, and no way of showing', () => {
    const { reach, how } = keepFlags(flags({ env: ['A=secret'], stdin: true, raw: true, quiet: true, hosts: ['x'] }));
    expect([...reach, ...how]).toEqual([]);
  });

  it('are refused where a file was tampered with', () => {
    expect(() => readFlags(['--port=x'])).toThrow();
    expect(() => readFlags(['--nonsense'])).toThrow();
  });
});

describe('the end of an output', () => {
  it('is what came last, however it came', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), fc.integer({ min: 1, max: 40 }), (chunks, most) => {
        const keeper = new TailKeeper(most);
        for (const chunk of chunks) keeper.push(Buffer.from(chunk));
        const all = Buffer.concat(chunks);
        const { text, encoding, truncated } = keeper.text();
        expect(truncated).toBe(all.length > most);
        const kept = encoding === 'utf8' ? Buffer.from(text) : Buffer.from(text, 'base64');
        const end = all.subarray(Math.max(0, all.length - most));
        expect(end.subarray(end.length - kept.length)).toEqual(kept);
        expect(end.length - kept.length).toBeLessThanOrEqual(truncated ? 3 : 0);
      }),
    );
  });

  it('is text where it was cut in the middle of a character', () => {
    const keeper = new TailKeeper(4);
    keeper.push(Buffer.from('xé→'));
    expect(keeper.text()).toEqual({ text: '→', encoding: 'utf8', truncated: true });
    const binary = new TailKeeper(4);
    binary.push(Buffer.from([0xff, 0x00]));
    expect(binary.text(true)).toEqual({ text: '/wA=', encoding: 'base64', truncated: true });
  });
});
