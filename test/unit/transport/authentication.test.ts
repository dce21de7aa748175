import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AnyAuthMethod, KeyboardInteractiveAuthMethod } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthPrompt } from '../../../src/inventory/target.js';
import { Authentication } from '../../../src/transport/ssh2/authentication.js';
import { IdentityStore } from '../../../src/transport/ssh2/identity-store.js';
import { endpointWith, given, keyPair, lockedKey } from './keys.js';

let directory: string;
const keys = [keyPair('one'), keyPair('two')];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-auth-'));
  for (const [i, { privateKey }] of keys.entries()) await writeFile(file(i), privateKey, { mode: 0o600 });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function file(i: number): string {
  return join(directory, `key${i}`);
}

function authentication(credentials: Parameters<typeof endpointWith>[0]): Authentication {
  return new Authentication(endpointWith(credentials), new IdentityStore());
}

/** Refuses everything, saying that `methods` may go on; what was tried, by ssh2's names. */
async function refuseAll(auth: Authentication, methods: readonly string[]): Promise<string[]> {
  const types: string[] = [];
  for (let method = await auth.next(); method !== false; method = await auth.next()) {
    types.push(method.type);
    auth.failed(methods, false);
  }
  return types;
}

const everything = ['publickey', 'password', 'keyboard-interactive'];
const answer = async (): Promise<string[]> => [];

/** Asks what a server asks, and returns what is answered. */
function ask(method: AnyAuthMethod | false, prompts: readonly AuthPrompt[]): Promise<string[]> {
  if (method === false || method.type !== 'keyboard-interactive') throw new Error('not keyboard-interactive');
  const { prompt } = method as KeyboardInteractiveAuthMethod;
  return new Promise((resolve) => prompt('', '', '', [...prompts], resolve));
}

describe('authentication', () => {
  it('tries keys, then keyboard-interactive, then the password', async () => {
    const auth = authentication({ keys: given(file(0), file(1)), keyboardInteractive: answer, password: 'hunter2' });
    expect(await refuseAll(auth, everything)).toEqual(['agent', 'agent', 'keyboard-interactive', 'password']);
    expect(auth.tried.map(({ method, detail, outcome }) => [method, detail, outcome])).toEqual([
      ['publickey', file(0), 'refused'],
      ['publickey', file(1), 'refused'],
      ['keyboard-interactive', 'keyboard-interactive', 'refused'],
      ['password', 'password', 'refused'],
    ]);
    const error = auth.error();
    expect(error.message).toBe(
      `web1 (web1.example.org:22) did not let user me in: tried publickey ${file(0)}, publickey ${file(1)}, ` +
        'keyboard-interactive, password. It takes publickey, password, keyboard-interactive. ' +
        'Check the user name, and give a key, an agent or a password that it knows.',
    );
    expect(JSON.stringify(error)).not.toContain('hunter2');
  });

  it.each([
    [
      ['password', 'publickey'],
      ['password', 'agent'],
    ],
    [['keyboard-interactive'], ['keyboard-interactive']],
    [['gssapi-with-mic', 'password'], ['password']],
    [[], []],
  ])('tries by PreferredAuthentications %j: %j', async (preferred, types) => {
    const auth = authentication({ preferred, keys: given(file(0)), keyboardInteractive: answer, password: 'x' });
    expect(await refuseAll(auth, everything)).toEqual(types);
  });

  it('tries only what the server says may go on, once it has said so', async () => {
    const auth = authentication({ keys: given(file(0), file(1)), password: 'x' });
    expect(await refuseAll(auth, ['password'])).toEqual(['agent', 'password']);
    expect(auth.error().tried.map(({ detail, outcome, reason }) => [detail, outcome, reason])).toEqual([
      ['password', 'refused', undefined],
      [file(0), 'skipped', 'the server does not offer publickey'],
      [file(1), 'skipped', 'the server does not offer publickey'],
      ['with the password', 'skipped', 'the server does not offer keyboard-interactive'],
    ]);
  });

  it('does not speak of keys in the usual places that the server never wanted', async () => {
    const auth = authentication({ keys: [...given(file(0)), { key: file(1), origin: 'default' }] });
    await refuseAll(auth, ['password']);
    expect(auth.error().tried.map(({ detail }) => detail)).toEqual([file(0)]);
  });

  it('asks for no passphrase and no password that the server would not take', async () => {
    const asked: string[] = [];
    const auth = authentication({
      keys: given(file(0), lockedKey('x')),
      passphrase: () => {
        asked.push('passphrase');
        return 'x';
      },
      password: () => {
        asked.push('password');
        return 'x';
      },
    });
    expect(await refuseAll(auth, ['hostbased'])).toEqual(['agent']);
    expect(asked).toEqual([]);
  });

  it('goes on after a partial success, and comes back to what was put off', async () => {
    const auth = authentication({ keys: given(file(0)), password: 'x' });
    expect(await auth.next()).toMatchObject({ type: 'agent' });
    auth.failed(['password'], false);
    expect(await auth.next()).toMatchObject({ type: 'password', password: 'x' });
    auth.failed(['publickey'], true);
    expect(await auth.next()).toMatchObject({ type: 'agent' });
    expect(auth.accepted()).toBe(`publickey ${file(0)}`);
    expect(auth.tried.map(({ method, outcome }) => [method, outcome])).toEqual([
      ['password', 'partial'],
      ['publickey', 'accepted'],
    ]);
  });

  it('does not go round for ever with a server that changes its mind', async () => {
    const auth = authentication({ keys: given(file(0)), password: 'x' });
    let tries = 0;
    for (let method = await auth.next(); method !== false; method = await auth.next()) {
      tries += 1;
      if (tries > 20) throw new Error('it goes on for ever');
      auth.failed(method.type === 'agent' ? ['password'] : ['publickey'], false);
    }
    expect(tries).toBeLessThanOrEqual(6);
  });

  it('offers a key once, by whatever names it is given', async () => {
    const text = keys[0]?.privateKey ?? '';
    const auth = authentication({ keys: given(file(0), text, Buffer.from(text), file(0), file(1)) });
    expect(await refuseAll(auth, everything)).toEqual(['agent', 'agent']);
    expect(auth.tried).toHaveLength(2);
  });

  it('goes past keys that cannot be used, and says why', async () => {
    const auth = authentication({
      keys: [
        ...given('/nonexistent/key', lockedKey('x')),
        { key: '/nonexistent/default', origin: 'default' },
        { key: '/nonexistent/configured', origin: 'config' },
        ...given(file(0)),
      ],
    });
    expect(await refuseAll(auth, everything)).toEqual(['agent']);
    expect(auth.tried.map(({ detail, outcome, reason }) => [detail, outcome, reason])).toEqual([
      ['/nonexistent/key', 'skipped', 'no such file'],
      ['the given key', 'skipped', expect.stringContaining('no passphrase was given')],
      ['/nonexistent/configured', 'skipped', 'no such file'],
      [file(0), 'refused', undefined],
    ]);
  });

  it('is not stopped by a passphrase or a password that cannot be had', async () => {
    const auth = authentication({
      keys: given(lockedKey('x'), file(0)),
      passphrase: () => Promise.reject(new Error('the vault is sealed')),
      password: () => Promise.reject(new Error('the vault is sealed')),
      preferred: ['publickey', 'password'],
    });
    expect(await refuseAll(auth, everything)).toEqual(['agent']);
    expect(auth.tried.map(({ method, outcome, reason }) => [method, outcome, reason])).toEqual([
      ['publickey', 'skipped', 'the vault is sealed'],
      ['publickey', 'refused', undefined],
      ['password', 'skipped', 'the vault is sealed'],
    ]);
  });

  it('says that there was nothing to try, and that certificates are not for this transport', async () => {
    const auth = authentication({ certificates: ['/cert'] });
    expect(await auth.next()).toBe(false);
    expect(auth.error().message).toBe(
      'web1 (web1.example.org:22) did not let user me in: there was nothing to try. The ssh transport cannot use ' +
        'certificates (CertificateFile): the openssh transport can. Check the user name, and give a key, an agent or a ' +
        'password that it knows.',
    );
  });

  it('does not let a server write on the terminal by the names of its methods', async () => {
    const auth = authentication({ password: 'x' });
    await refuseAll(auth, ['password', '\x1b[2J']);
    expect(auth.error().message).toContain('It takes password, \\x1b[2J.');
  });
});

describe('questions of a server', () => {
  const hidden = { prompt: 'Password: ', echo: false };
  const shown = { prompt: 'Name: ', echo: true };

  it('are answered by the function that was given for it', async () => {
    const seen: unknown[] = [];
    const auth = authentication({
      keyboardInteractive: async (prompts, info) => {
        seen.push(prompts, info);
        return ['1', '2'];
      },
    });
    expect(await ask(await auth.next(), [hidden, shown])).toEqual(['1', '2']);
    expect(seen).toEqual([[hidden, shown], { name: '', instructions: '' }]);
  });

  it.each<[string, () => Promise<readonly string[]>, string]>([
    ['fails', () => Promise.reject(new Error('cancelled')), 'cancelled'],
    ['has too few answers', async () => ['1'], 'it asked 2 questions and got 1 answers'],
  ])('are answered with nothing where that function %s', async (_how, keyboardInteractive, reason) => {
    const auth = authentication({ keyboardInteractive });
    expect(await ask(await auth.next(), [hidden, hidden])).toEqual(['', '']);
    auth.failed(['keyboard-interactive'], false);
    expect(auth.tried).toMatchObject([{ outcome: 'refused', reason }]);
  });

  it('are answered with the password where there is a single hidden one, once', async () => {
    let fetched = 0;
    const password = (): string => {
      fetched += 1;
      return 'hunter2';
    };
    const auth = authentication({ password });
    const method = await auth.next();
    expect(await ask(method, [hidden])).toEqual(['hunter2']);
    expect(await ask(method, [{ prompt: 'Code: ', echo: false }])).toEqual(['']);
    auth.failed(['password'], false);
    expect(await auth.next()).toMatchObject({ type: 'password', password: 'hunter2' });
    expect(fetched).toBe(1);
  });

  it.each([
    [[hidden, hidden]],
    [[shown]],
    [[]],
  ])('are not answered with the password where they are %j', async (prompts) => {
    const auth = authentication({ password: 'hunter2' });
    expect(await ask(await auth.next(), prompts)).toEqual(prompts.map(() => ''));
  });
});
