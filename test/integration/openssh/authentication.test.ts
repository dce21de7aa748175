import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { AuthError } from '../../../src/core/errors.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import type { Target } from '../../../src/inventory/target.js';
import { describeReal, passphrase, type Sshd, sshdConfigs, startAgent, startSshd } from '../../rigs/rigs.js';
import type { SshServer } from '../../rigs/ssh-server.js';
import { errorOf } from '../ssh/target.js';
import { openSshTo } from './open-ssh.js';

const run = promisify(execFile);

describeReal(['sshd', 'agent'], "authentication by the system's ssh", () => {
  const to = openSshTo();
  let server: Sshd;
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hawser-own-ssh-'));
    server = await startSshd({ keys: ['ed25519'] });
  });
  afterAll(async () => {
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  });
  const whoami = async (at: SshServer, target: Partial<Target>): Promise<string> => {
    return (await to(at, target).execute('id -un')).stdout.trim();
  };

  it('lets a key file in, and the key of an agent', async () => {
    expect(await whoami(server, {})).toBe(server.user);
    await using agent = await startAgent({ identities: [server.identities.ecdsa] });
    expect(await whoami(server, { agent: agent.socket, privateKey: [] })).toBe(server.user);
  });

  it('opens an encrypted key with the passphrase', async () => {
    expect(await whoami(server, { privateKey: server.identities.lockedEd25519, passphrase })).toBe(server.user);
    const fetch = async (): Promise<string> => passphrase;
    expect(await whoami(server, { privateKey: server.identities.lockedEd25519, passphrase: fetch })).toBe(server.user);
  });

  it('answers where a package.json above the place for temporary files says that all is of modules', async () => {
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }');
    vi.stubEnv('XDG_RUNTIME_DIR', directory);
    expect(await whoami(server, { privateKey: server.identities.lockedEd25519, passphrase })).toBe(server.user);
    vi.unstubAllEnvs();
  });

  it('gives the password when it is asked', async () => {
    await using passwordOnly = await startSshd({ keys: ['ed25519'], config: sshdConfigs.passwordOnly });
    expect(await whoami(passwordOnly, { password: passwordOnly.password })).toBe(passwordOnly.user);
    const error = await errorOf(to(passwordOnly, { password: 'wr0ng-p4ssword' }).connect(), AuthError);
    expect(error.tried).toContainEqual({ method: 'password', detail: 'password', outcome: 'refused' });
    expect((await passwordOnly.log()).match(/Failed password/g)).toHaveLength(1);
  });

  it('goes on to a second factor', async () => {
    await using both = await startSshd({ keys: ['ed25519'], config: sshdConfigs.keyThenPassword });
    expect(await whoami(both, { password: both.password })).toBe(both.user);
    const error = await errorOf(to(both).connect(), AuthError);
    expect(error.tried).toContainEqual({ method: 'publickey', detail: both.identity, outcome: 'partial' });
  });

  it('answers the questions of keyboard-interactive one by one', async () => {
    const config = { ...sshdConfigs.keyThenInteractive };
    await using rounds = await startSshd({ keys: ['ed25519'], pam: 'two-rounds', config });
    const asked: string[] = [];
    const keyboardInteractive: Target['keyboardInteractive'] = async (prompts) => {
      asked.push(...prompts.map(({ prompt }) => prompt));
      return prompts.map(() => rounds.password);
    };
    expect(await whoami(rounds, { keyboardInteractive })).toBe(rounds.user);
    expect(asked).toEqual(['Password: ', `Password required for ${rounds.user}.`]);
    const error = await errorOf(to(rounds, { password: rounds.password }).connect(), AuthError);
    expect(error.message).toContain('Password required for');
    expect(error.message).not.toContain(rounds.password);
  });

  it('shows a certificate that a user CA has signed', async () => {
    const [ca, key] = [join(directory, 'ca'), join(directory, 'key')];
    for (const file of [ca, key]) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
    await run('ssh-keygen', ['-q', '-s', ca, '-I', 'rig', '-n', server.user, `${key}.pub`]);
    const config = { TrustedUserCAKeys: `${ca}.pub`, AuthorizedKeysFile: 'none' };
    await using trusting = await startSshd({ keys: ['ed25519'], config });
    expect(await whoami(trusting, { privateKey: key })).toBe(trusting.user);
    // One that lies elsewhere is named by ssh_config.
    const moved = join(directory, 'moved-cert.pub');
    await copyFile(`${key}-cert.pub`, moved);
    await rm(`${key}-cert.pub`);
    await errorOf(to(trusting, { privateKey: key }).connect(), AuthError);
    const sshConfig = join(directory, 'config');
    await writeFile(sshConfig, `Host *\n  CertificateFile ${moved}\n`);
    expect(await whoami(trusting, { privateKey: key, sshConfig })).toBe(trusting.user);
    expect(await trusting.log()).toContain('Accepted certificate ID "rig"');
  });

  it('says what was tried, and what the server takes', async () => {
    const privateKey = ['/nonexistent/key', server.identities.lockedEd25519, server.identities.stranger];
    const error = await errorOf(to(server, { privateKey }).connect(), AuthError);
    expect(error).toMatchObject({ phase: 'auth', hop: `127.0.0.1:${server.port}`, retryable: false });
    expect(error.tried).toContainEqual({
      method: 'publickey',
      detail: '/nonexistent/key',
      outcome: 'skipped',
      reason: 'no such file',
    });
    expect(error.tried).toContainEqual({
      method: 'publickey',
      detail: server.identities.stranger,
      outcome: 'refused',
    });
    expect(error.message).toContain('It takes publickey,');
    expect(error.message).toContain(server.user);
  });

  it('cannot be by the text of a key, which ssh reads from files alone', async () => {
    const error = await errorOf(to(server, { privateKey: await readFile(server.identity) }).connect(), OptionError);
    expect(error.message).toContain('ssh-add');
  });

  it('keeps secrets out of arguments, variables and files', async () => {
    const secret = `s3cret-${process.pid}`;
    let seen = '';
    const look = async (): Promise<string> => {
      // Of what it looks for the script itself holds no more than a pattern.
      const script =
        'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; grep -rsh "s3cret-[0-9]" "$1"/hawser-ssh-*; true';
      const { stdout } = await run('sh', ['-c', script, 'sh', tmpdir()], { maxBuffer: 64 * 1024 * 1024 });
      seen += stdout;
      return secret;
    };
    await using passwordOnly = await startSshd({ keys: ['ed25519'], config: sshdConfigs.passwordOnly });
    const error = await errorOf(to(passwordOnly, { password: look }).connect(), AuthError);
    expect(seen).toContain('BatchMode=no');
    expect(seen).not.toContain(secret);
    expect(JSON.stringify(error) + error.stack).not.toContain(secret);
  });
});
