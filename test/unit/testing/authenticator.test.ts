import { Client, type ConnectConfig } from 'ssh2';
import { afterEach, describe, expect, it } from 'vitest';
import { createConnection } from '../../../src/connection/create-connection.js';
import { generateKeyPair } from '../../../src/testing/key-pair.js';
import { startTestFleet, type TestFleet } from '../../../src/testing/test-fleet.js';
import type { TestFleetOptions } from '../../../src/testing/test-fleet-options.js';

let fleet: TestFleet;

afterEach(() => fleet.close());

const rounds = [
  { questions: [{ prompt: 'Ship? ', echo: true, answer: 'Argo' }] },
  { name: 'second', instructions: 'and last', questions: [] },
  { questions: [{ prompt: 'Code: ', answer: '42' }] },
];

/** What the host logged of a client's attempt, and whether it got in. */
async function attempt(o: TestFleetOptions, config: ConnectConfig): Promise<{ log: string[]; ready: boolean }> {
  fleet = await startTestFleet(o);
  const host = fleet.host('host1');
  const client = new Client();
  const ready = await new Promise<boolean>((resolve) => {
    client.on('error', () => {});
    client.once('close', () => resolve(false));
    client.once('ready', () => resolve(true));
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
      finish(prompts.map(({ prompt }) => (prompt === 'Ship? ' ? 'Argo' : '42')));
    });
    client.connect({ host: '127.0.0.1', port: host.port, username: 'tester', hostVerifier: () => true, ...config });
  });
  client.end();
  const log = host.log.filter(({ what }) => what === 'auth').map(({ detail }) => detail.replace('tester ', ''));
  return { log, ready };
}

describe('a test host', () => {
  it('lets in by password where there is one', async () => {
    const o = { password: 'open sesame' };
    expect(await attempt(o, { password: 'open sesame' })).toMatchObject({ ready: true });
    await fleet.close();
    expect(await attempt(o, { password: 'please' })).toEqual({
      ready: false,
      log: ['none refused', 'password refused'],
    });
    expect(JSON.stringify(fleet.hosts[0]?.log)).not.toContain('please');
  });

  it('lets in by keys that it was given, and by no others', async () => {
    const { publicKey, privateKey } = generateKeyPair('mine');
    expect(await attempt({ authorizedKeys: [publicKey] }, { privateKey })).toMatchObject({ ready: true });
    await fleet.close();
    expect(await attempt({}, { privateKey })).toMatchObject({ ready: false });
  });

  it('lets in each of its users by name, and nobody else', async () => {
    fleet = await startTestFleet({ otherUsers: ['bob'] });
    const host = fleet.host('host1');
    for (const [username, expected] of [
      ['tester', 'tester'],
      ['bob', 'bob'],
      ['eve', undefined],
    ] as const) {
      const connection = createConnection({ ...host.target, username });
      const said = await connection.execute('echo $USER').then(
        ({ stdout }) => stdout.trim(),
        () => undefined,
      );
      expect({ username, said }).toEqual({ username, said: expected });
      await connection.close();
    }
    expect(host.log.flatMap(({ what, detail }) => (what === 'ready' ? [detail] : []))).toEqual(['tester', 'bob']);
  });

  it('asks its questions round by round', async () => {
    const { ready, log } = await attempt({ rounds }, { tryKeyboard: true });
    expect(ready).toBe(true);
    expect(log).toContain('keyboard-interactive accepted');
  });

  it('demands several methods in order, with partial success in between', async () => {
    const { publicKey, privateKey } = generateKeyPair('mine');
    const o: TestFleetOptions = {
      auth: ['publickey', 'keyboard-interactive', 'password'],
      authorizedKeys: [publicKey],
      password: 'p',
      rounds,
    };
    const { ready, log } = await attempt(o, {
      privateKey,
      password: 'p',
      tryKeyboard: true,
      authHandler: ['publickey', 'keyboard-interactive', 'password'],
    });
    expect(ready).toBe(true);
    expect(log.filter((entry) => !entry.endsWith('asked'))).toEqual([
      'publickey partial',
      'keyboard-interactive partial',
      'password accepted',
    ]);
  });

  it('refuses the right credentials where it is told to', async () => {
    expect(await attempt({ password: 'p', faults: { refuseAuth: true } }, { password: 'p' })).toMatchObject({
      ready: false,
    });
  });

  it('hangs up on a client that goes on trying', async () => {
    const authHandler = Array.from({ length: 9 }, () => 'password' as const);
    const { log, ready } = await attempt({ password: 'p', maxAuthTries: 3 }, { password: 'no', authHandler });
    expect(ready).toBe(false);
    expect(log.length).toBe(3);
  });
});
