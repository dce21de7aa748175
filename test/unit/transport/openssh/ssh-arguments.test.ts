import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import type { Target } from '../../../../src/inventory/target.js';
import { sshCommandLine } from '../../../../src/transport/openssh/ssh-arguments.js';
import { checkOpenSshOptions } from '../../../../src/transport/openssh/ssh-options.js';
import { parseSettings, sessionOptions, setting } from '../../../../src/transport/openssh/ssh-settings.js';
import { describeReal } from '../../../rigs/rigs.js';

const run = promisify(execFile);
const bare = { host: 'web1', sshConfig: false } as const;

describeReal(['ssh'], 'a target in arguments of ssh', () => {
  /** What ssh itself reads in them. */
  async function asked(target: Target, o = {}, logs: readonly string[] = []): Promise<Record<string, string[]>> {
    const { options, destination } = sshCommandLine(target, o, logs);
    const { stdout } = await run('ssh', ['-G', ...options, '--', destination]);
    return Object.fromEntries([...parseSettings(stdout)].map(([name, values]) => [name, [...values]]));
  }

  it('is read by ssh as it was meant', async () => {
    const target: Target = {
      ...bare,
      port: 2222,
      username: 'deploy',
      privateKey: ['/keys/one', '/keys/50% of "two"'],
      agent: '/run/user agent/socket',
      hostKey: 'accept-new',
      knownHosts: ['/etc/known', '/etc/known hosts'],
      connectTimeout: 1500,
      keepAlive: { interval: 2500, countMax: 7 },
      algorithms: { kex: ['curve25519-sha256'], cipher: ['aes128-ctr'], mac: ['hmac-sha2-256'], compression: ['zlib'] },
    };
    expect(await asked(target)).toMatchObject({
      hostname: ['web1'],
      port: ['2222'],
      user: ['deploy'],
      identityfile: ['/keys/one', '/keys/50%% of "two"'],
      identityagent: ['/run/user agent/socket'],
      stricthostkeychecking: ['accept-new'],
      userknownhostsfile: ['/etc/known /etc/known hosts'],
      globalknownhostsfile: ['/dev/null'],
      connecttimeout: ['2'],
      serveraliveinterval: ['3'],
      serveralivecountmax: ['7'],
      kexalgorithms: ['curve25519-sha256'],
      ciphers: ['aes128-ctr'],
      macs: ['hmac-sha2-256'],
      compression: ['yes'],
      batchmode: ['yes'],
    });
    const other = await asked({
      ...bare,
      agent: false,
      hostKey: 'insecure-accept-any',
      keepAlive: false,
      password: 'x',
    });
    expect(other).toMatchObject({
      identityagent: ['none'],
      stricthostkeychecking: ['false'],
      userknownhostsfile: ['/dev/null'],
      serveraliveinterval: ['0'],
      batchmode: ['no'],
      numberofpasswordprompts: ['1'],
    });
  });

  it('gives way to settings that are named', async () => {
    const o = { sshOptions: { Port: '2200', GSSAPIAuthentication: 'yes' } };
    expect(await asked({ ...bare, port: 22 }, o)).toMatchObject({ port: ['2200'], gssapiauthentication: ['yes'] });
  });

  it('leads through jump hosts by commands that the shell and each ssh read back', async () => {
    const target: Target = {
      ...bare,
      knownHosts: "/known 'hosts' 100%",
      proxyJump: [{ host: 'first', port: 2201, username: 'a' }, 'b@second:2202'],
    };
    // Each ssh on the way replaces %h and %p, and %%: here with what it is told to connect to.
    const expand = (command: string, host: string, port: string): string =>
      command.replace(/%[hp%]/g, (token) => ({ '%h': host, '%p': port })[token] ?? '%');
    const words = async (command: string): Promise<string[]> => {
      const { stdout } = await run('sh', ['-c', `printf '%s\\0' ${command}`]);
      return stdout.split('\0').slice(0, -1);
    };
    const outer = (await asked(target))['proxycommand']?.[0] ?? '';
    const second = await words(expand(outer, 'web1', '22'));
    expect(second.slice(0, 3)).toEqual(['env', 'HAWSER_ASKPASS_HOP=1', 'ssh']);
    expect(second.slice(-4)).toEqual(['-W', '[web1]:22', '--', 'second']);
    expect(second).toContain(`UserKnownHostsFile="/known 'hosts' 100%%"`);
    const { stdout } = await run('ssh', ['-G', ...second.slice(3)]);
    const settings = parseSettings(stdout);
    expect([setting(settings, 'port'), setting(settings, 'user')]).toEqual(['2202', 'b']);
    const first = await words(expand(setting(settings, 'proxycommand') ?? '', 'second', '2202'));
    expect(first.slice(-4)).toEqual(['-W', '[second]:2202', '--', 'first']);
    expect(first).toContain('2201');
    expect(first).toContain(`UserKnownHostsFile="/known 'hosts' 100%%"`);
  });

  it('has none where the target says so, whatever ssh_config says', async () => {
    const settings = await asked({ ...bare, proxyJump: [] });
    expect(settings['proxyjump'] ?? ['none']).toEqual(['none']);
  });

  it('keeps secrets out', () => {
    const hop = { host: 'hop', password: 'hop-secret' };
    const target = { ...bare, password: 'pass-secret', passphrase: 'phrase-secret', proxyJump: hop };
    expect(JSON.stringify(sshCommandLine(target, {}).options)).not.toContain('secret');
  });

  it('hands on to each session what ssh_config sends', async () => {
    const { stdout } = await run('ssh', [
      '-F',
      'none',
      '-G',
      '-o',
      'SetEnv=A="one two" B=3',
      '-o',
      'SendEnv=LC_*',
      'web1',
    ]);
    const options = sessionOptions(parseSettings(stdout)).flatMap((one) => ['-o', one]);
    const again = parseSettings((await run('ssh', ['-F', 'none', '-G', ...options, 'web1'])).stdout);
    expect(again.get('setenv')).toEqual(['A=one two', 'B=3']);
    expect(again.get('sendenv')).toEqual(['LC_*']);
  });
});

describe('what ssh cannot be told', () => {
  it('is refused before anything starts', () => {
    const dial = async (): Promise<never> => Promise.reject(new Error('never'));
    for (const target of [
      { ...bare, privateKey: Buffer.from('key') },
      { ...bare, privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----\n' },
      { ...bare, hostKey: () => true },
      { ...bare, hostKey: { fingerprints: [] } },
      { ...bare, proxyJump: { id: 'x', host: 'x', dial } },
      { ...bare, proxyJump: { host: 'x', protocol: 'telnet' } },
    ] satisfies Target[]) {
      expect(() => sshCommandLine(target, {})).toThrow(OptionError);
    }
  });

  it('or would be told twice, is refused by the name of the option', () => {
    for (const o of [
      { sshOptions: { controlMASTER: 'yes' } },
      { sshOptions: { 'Port 22\nHost': 'x' } },
      { sshOptions: { Port: '22\n' } },
      { sshPath: '' },
    ]) {
      expect(() => checkOpenSshOptions(o)).toThrow(Object.keys(o)[0]);
    }
  });
});
