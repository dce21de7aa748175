import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdentityStore } from '../../../src/transport/ssh2/identity-store.js';
import { keyPair, lockedKey } from './keys.js';

const PASSPHRASE = 'open sesame';
let directory: string;
let plain: string;
let locked: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-identities-'));
  plain = join(directory, 'plain');
  locked = join(directory, 'locked');
  await writeFile(plain, keyPair().privateKey, { mode: 0o600 });
  await writeFile(locked, lockedKey(PASSPHRASE), { mode: 0o600 });
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('a store of keys', () => {
  it('reads a file once, and knows a key by its public half', async () => {
    const store = new IdentityStore();
    const [first, second] = await Promise.all([store.load(plain, undefined), store.load(plain, undefined)]);
    expect(first).toBe(second);
    expect(first).toMatchObject({ method: 'publickey', detail: plain });
    const text = keyPair();
    const loaded = await store.load(text.privateKey, undefined);
    expect(loaded).toMatchObject({ detail: 'the given key', id: text.publicKey.split(' ')[1] });
    expect(await store.load(Buffer.from(text.privateKey), undefined)).toMatchObject({
      id: text.publicKey.split(' ')[1],
    });
  });

  it('asks for a passphrase once, however many connections use the key, and only where it is needed', async () => {
    const store = new IdentityStore();
    let asked = 0;
    const passphrase = async (): Promise<string> => {
      asked += 1;
      return PASSPHRASE;
    };
    await store.load(plain, passphrase);
    expect(asked).toBe(0);
    const loaded = await Promise.all([1, 2, 3].map(() => store.load(locked, passphrase)));
    expect(loaded[0]).toMatchObject({ detail: locked });
    expect([asked, new Set(loaded).size]).toEqual([1, 1]);
  });

  it('lets one connection open a key that another had no passphrase for, or the wrong one', async () => {
    const store = new IdentityStore();
    const [without, wrong, right] = await Promise.all([
      store.load(locked, undefined),
      store.load(locked, 'wrong'),
      store.load(locked, PASSPHRASE),
    ]);
    expect(without).toMatchObject({ reason: expect.stringContaining('no passphrase was given') });
    expect(wrong).toEqual({ detail: locked, reason: 'the passphrase does not fit it' });
    expect(right).toMatchObject({ method: 'publickey' });
  });

  it('asks again for a passphrase that was mistyped, or could not be had', async () => {
    const store = new IdentityStore();
    const typed = ['wrong', new Error('the prompt was closed'), PASSPHRASE];
    const ask = async (): Promise<string> => {
      const next = typed.shift();
      if (typeof next !== 'string') throw next ?? new Error('asked too often');
      return next;
    };
    for (const key of [locked, lockedKey(PASSPHRASE)]) {
      typed.splice(0, typed.length, 'wrong', new Error('the prompt was closed'), PASSPHRASE);
      expect(await store.load(key, ask)).toMatchObject({ reason: 'the passphrase does not fit it' });
      expect(await store.load(key, ask)).toMatchObject({ reason: 'the prompt was closed' });
      expect(await store.load(key, ask)).toMatchObject({ method: 'publickey' });
    }
  });

  it('says why a key cannot be used, and never what is in it', async () => {
    const store = new IdentityStore();
    const broken = `-----BEGIN OPENSSH PRIVATE KEY-----\nSECRETSTUFF\n-----END OPENSSH PRIVATE KEY-----\n`;
    const publicOnly = join(directory, 'only.pub');
    await writeFile(publicOnly, keyPair().publicKey);
    expect(await store.load(join(directory, 'absent'), undefined)).toBeUndefined();
    expect(await store.load(directory, undefined)).toEqual({ detail: directory, reason: 'it is a directory' });
    expect(await store.load(publicOnly, undefined)).toMatchObject({ reason: expect.stringContaining('public key') });
    const unusable = await store.load(broken, undefined);
    expect(unusable).toMatchObject({ detail: 'the given key', reason: expect.stringContaining('not a private key') });
    expect(JSON.stringify(unusable)).not.toContain('SECRETSTUFF');
  });
});
