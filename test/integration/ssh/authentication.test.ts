import { readFile } from 'node:fs/promises';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../../src/connection/create-connection.js';
import { AuthError } from '../../../src/core/errors.js';
import {
  describeReal,
  passphrase,
  type Sshd,
  sshdConfigs,
  startAgent,
  startDropbear,
  startSshd,
} from '../../rigs/rigs.js';
import { errorOf, targetOf } from './target.js';

const tried = (error: AuthError): string[] => error.tried.map((t) => `${t.method} ${t.outcome}`);

describeReal(['sshd', 'agent'], 'authentication against OpenSSH', () => {
  let server: Sshd;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(async () => server?.stop());

  const whoami = async (more: Parameters<typeof targetOf>[1], at = server): Promise<string> => {
    await using connection = await connect(targetOf(at, more));
    return (await connection.execute('id -un')).stdout.trim();
  };

  it('lets a key file in, of every kind', async () => {
    const { ed25519, ecdsa, rsa } = server.identities;
    for (const privateKey of [ed25519, ecdsa, rsa]) expect(await whoami({ privateKey })).toBe(server.user);
  });

  it('takes a key as text and as bytes', async () => {
    const key = await readFile(server.identity);
    expect(await whoami({ privateKey: key })).toBe(server.user);
    expect(await whoami({ privateKey: key.toString('utf8') })).toBe(server.user);
  });

  it('opens encrypted keys with the passphrase, or a function that fetches it once', async () => {
    const { lockedEd25519, lockedRsa } = server.identities;
    expect(await whoami({ privateKey: lockedRsa, passphrase })).toBe(server.user);
    let asked = 0;
    const fetch = async (): Promise<string> => {
      asked += 1;
      return passphrase;
    };
    expect(await whoami({ privateKey: lockedEd25519, passphrase: fetch })).toBe(server.user);
    expect(asked).toBe(1);
  });

  it('goes through the keys in order and past those that cannot be used', async () => {
    const { stranger, lockedRsa } = server.identities;
    const privateKey = ['/nonexistent/key', '/tmp', lockedRsa, stranger, server.identity];
    expect(await whoami({ privateKey })).toBe(server.user);
  });

  it('says of each key why it did not serve', async () => {
    const { stranger, lockedRsa } = server.identities;
    const privateKey = ['/nonexistent/key', '/tmp', lockedRsa, `${server.identity}.pub`, stranger];
    const error = await errorOf(connect(targetOf(server, { privateKey })), AuthError);
    expect(error.phase).toBe('auth');
    expect(error.tried.slice(0, 5).map((t) => [t.detail, t.outcome, t.reason?.replace(/ \(.*/, '')])).toEqual([
      ['/nonexistent/key', 'skipped', 'no such file'],
      ['/tmp', 'skipped', 'it is a directory'],
      [lockedRsa, 'skipped', 'it is encrypted and no passphrase was given'],
      [`${server.identity}.pub`, 'skipped', 'it is a public key: name the private one'],
      [stranger, 'refused', undefined],
    ]);
    expect(error.message).toContain(server.user);
    expect(error.message).toContain('127.0.0.1');
  });

  it('says that a passphrase does not fit, without saying the passphrase', async () => {
    const { lockedEd25519 } = server.identities;
    const wrong = 'not-the-passphrase';
    const error = await errorOf(connect(targetOf(server, { privateKey: lockedEd25519, passphrase: wrong })), AuthError);
    expect(error.tried[0]).toMatchObject({ outcome: 'skipped', reason: 'the passphrase does not fit it' });
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain(wrong);
  });

  it('asks the agent first, and only for a signature', async () => {
    await using agent = await startAgent({ identities: [server.identities.stranger, server.identities.ecdsa] });
    await using connection = await connect({ ...targetOf(server, { agent: agent.socket }), privateKey: [] });
    expect(connection.connectSteps.find((s) => s.phase === 'auth')?.detail).toMatch(/^agent /);
  });

  it('goes on to the keys when the agent has none, or is not there', async () => {
    await using agent = await startAgent({ identities: [] });
    expect(await whoami({ agent: agent.socket })).toBe(server.user);
    expect(await whoami({ agent: '/nonexistent/agent' })).toBe(server.user);
  });

  it('falls back to the password, which may be a function', async () => {
    const password = async (): Promise<string> => server.password;
    expect(await whoami({ privateKey: server.identities.stranger, password })).toBe(server.user);
  });

  it('lists what it tried when nothing served, and never the password', async () => {
    const password = 'wr0ng-p4ssword';
    const target = targetOf(server, { privateKey: server.identities.stranger, password });
    const error = await errorOf(connect(target), AuthError);
    expect(tried(error)).toEqual(expect.arrayContaining(['publickey refused', 'password refused']));
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error) + error.stack).not.toContain(password);
  });

  it('is told by the server who is not there', async () => {
    const error = await errorOf(connect(targetOf(server, { username: 'nobody-of-this-name' })), AuthError);
    expect(error.message).toContain('nobody-of-this-name');
    expect(error.retryable).toBe(false);
  });

  it('does not offer a password to a server that takes none', async () => {
    await using keyOnly = await startSshd({ config: sshdConfigs.keyOnly });
    const target = targetOf(keyOnly, { privateKey: keyOnly.identities.stranger, password: keyOnly.password });
    const error = await errorOf(connect(target), AuthError);
    expect(error.tried.find((t) => t.method === 'password')).toMatchObject({ outcome: 'skipped' });
    expect(await keyOnly.log()).not.toContain('Failed password');
  });

  it('passes over keys for a server that takes passwords alone', async () => {
    await using passwordOnly = await startSshd({ config: sshdConfigs.passwordOnly });
    expect(await whoami({ password: passwordOnly.password }, passwordOnly)).toBe(passwordOnly.user);
  });

  it('goes on after partial success: a key, then the password', async () => {
    await using both = await startSshd({ config: sshdConfigs.keyThenPassword });
    expect(await whoami({ password: both.password }, both)).toBe(both.user);
    const error = await errorOf(connect(targetOf(both)), AuthError);
    expect(tried(error)).toContain('publickey partial');
  });

  it("goes on after an agent key's partial success", async () => {
    await using both = await startSshd({ config: sshdConfigs.keyThenPassword });
    await using agent = await startAgent({ identities: [both.identities.rsa, both.identities.stranger] });
    expect(await whoami({ agent: agent.socket, privateKey: [], password: both.password }, both)).toBe(both.user);
  });

  it('takes the password before the key where the server wants it so', async () => {
    await using reversed = await startSshd({ config: { AuthenticationMethods: 'password,publickey' } });
    expect(await whoami({ password: reversed.password }, reversed)).toBe(reversed.user);
  });

  it('asks for two keys where the server wants two', async () => {
    await using two = await startSshd({ config: { AuthenticationMethods: 'publickey,publickey' } });
    const { ed25519, rsa } = two.identities;
    expect(await whoami({ privateKey: [ed25519, rsa] }, two)).toBe(two.user);
    expect(tried(await errorOf(connect(targetOf(two)), AuthError))).toContain('publickey partial');
  });

  it('answers several rounds of questions', async () => {
    await using rounds = await startSshd({ config: sshdConfigs.interactiveOnly, pam: 'two-rounds' });
    const asked: string[] = [];
    const keyboardInteractive = async (prompts: readonly { prompt: string; echo: boolean }[]): Promise<string[]> => {
      asked.push(...prompts.map((p) => `${p.prompt.trim()} ${p.echo}`));
      return prompts.map(() => rounds.password);
    };
    expect(await whoami({ privateKey: [], keyboardInteractive }, rounds)).toBe(rounds.user);
    expect(asked).toEqual(['Password: false', expect.stringMatching(/^Password required for .*false$/)]);
  });

  it('gives the password to a server that asks for it interactively', async () => {
    await using pam = await startSshd({ config: sshdConfigs.interactiveOnly, pam: 'system' });
    expect(await whoami({ privateKey: [], password: pam.password }, pam)).toBe(pam.user);
  });

  it('says why an answer could not be given', async () => {
    await using pam = await startSshd({ config: sshdConfigs.interactiveOnly, pam: 'system' });
    const keyboardInteractive = async (): Promise<string[]> => {
      throw new Error('no terminal to ask on');
    };
    const error = await errorOf(connect(targetOf(pam, { privateKey: [], keyboardInteractive })), AuthError);
    expect(error.message).toContain('no terminal to ask on');
  });
});

describeReal(['dropbear', 'agent'], 'authentication against dropbear', () => {
  it('takes keys, an agent and a password', async () => {
    await using server = await startDropbear();
    await using agent = await startAgent({ identities: [server.identities.rsa] });
    for (const more of [
      { privateKey: server.identities.ed25519 },
      { privateKey: [], agent: agent.socket },
      { privateKey: [], password: server.password },
    ]) {
      await using connection = await connect(targetOf(server, more));
      expect((await connection.execute('id -un')).stdout.trim()).toBe(server.user);
    }
  });
});
