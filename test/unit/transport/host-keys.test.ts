import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectError, HostKeyError } from '../../../src/core/errors.js';
import { fingerprint } from '../../../src/inventory/known-hosts/public-key.js';
import type { HostKeyInfo, HostKeyPolicy } from '../../../src/inventory/target.js';
import type { SshEndpoint } from '../../../src/transport/ssh2/endpoint.js';
import { HostKeyStore } from '../../../src/transport/ssh2/host-keys.js';
import { ecdsaKey, ed25519Key, rsaKey, text } from '../inventory/known-hosts/keys.js';
import { endpointWith } from './keys.js';

const right = ed25519Key('right');
const wrong = ed25519Key('wrong');
let directory: string;
let knownHosts: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser host-keys-'));
  knownHosts = join(directory, 'known_hosts');
  await writeFile(
    knownHosts,
    [
      `web1 ${text(right)}`,
      `[web1]:2200 ${text(right)}`,
      `@revoked revoked ${text(wrong)}`,
      `revoked ${text(right)}`,
      `alias ${text(right)}`,
      '',
    ].join('\n'),
  );
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function endpoint(more: Partial<SshEndpoint> = {}): SshEndpoint {
  return endpointWith({}, { host: 'web1', knownHosts: [knownHosts], ...more });
}

/** What is said of a key: the words that let it through, or the error. */
async function check(
  key: Buffer,
  more: Partial<SshEndpoint> = {},
  store = new HostKeyStore(),
): Promise<string | HostKeyError> {
  return store.check(endpoint(more), key).catch((error: unknown) => {
    if (error instanceof HostKeyError) return error;
    throw error;
  });
}

async function refusal(...args: Parameters<typeof check>): Promise<HostKeyError> {
  const outcome = await check(...args);
  if (outcome instanceof HostKeyError) return outcome;
  throw new Error(`it was let through: ${outcome}`);
}

describe('a host key under the strict policy', () => {
  it('is let through where it is on record, by name, port or alias', async () => {
    const known = (line: number): string => `ED25519 ${fingerprint(right)} known (${knownHosts}:${line})`;
    expect(await check(right)).toBe(known(1));
    expect(await check(right, { port: 2200 })).toBe(known(2));
    expect(await check(right, { host: '10.0.0.1', port: 99, hostKeyAlias: 'alias' })).toBe(known(5));
  });

  it('is refused where none is on record, with the way to trust it', async () => {
    const error = await refusal(right, { host: 'new', name: 'new' });
    expect(error).toMatchObject({ phase: 'hostkey', reason: 'unknown', host: 'new', hop: 'new:22', retryable: false });
    expect(error.message).toBe(
      `Unknown host key of new (new:22): ED25519 ${fingerprint(right)}. Check it, then: hawser trust new`,
    );
    const elsewhere = await refusal(right, { host: 'new', port: 2222 });
    expect(elsewhere.message).toContain('Check it, then: hawser trust new:2222');
    const six = await refusal(right, { host: '::1', port: 22 });
    expect(six.message).toMatch(/hawser trust ::1$/);
    expect(six.hop).toBe('[::1]:22');
  });

  it('is refused where another one is on record, with the line and the way to remove it', async () => {
    const error = await refusal(wrong, { port: 2200 });
    expect(error).toMatchObject({ reason: 'mismatch', file: knownHosts, line: 2, knownTypes: ['ssh-ed25519'] });
    expect(error.fingerprint).toBe(fingerprint(wrong));
    expect(error.message).toBe(
      `The host key of web1 (web1:2200) is not the one on record (${knownHosts}:2): it showed ED25519 ` +
        `${fingerprint(wrong)}. Either somebody is on the path, or the machine was set up anew. Ask its owner, then remove ` +
        `the line: ssh-keygen -R '[web1]:2200' -f '${knownHosts}'`,
    );
  });

  it('is refused where it is marked as revoked, also where it is said to be accepted if new', async () => {
    for (const hostKey of ['strict', 'accept-new'] as const) {
      const error = await refusal(wrong, { host: 'revoked', hostKey });
      expect(error.reason).toBe('revoked');
      expect(error.message).toContain('do not connect to this machine');
    }
  });

  it.each<[string, Buffer, string]>([
    ['RSA', rsaKey('a'), 'RSA'],
    ['ECDSA', ecdsaKey('a'), 'ECDSA'],
  ])('is called by its type as ssh-keygen does: %s', async (_what, key, name) => {
    expect((await refusal(key, { host: 'new' })).message).toContain(`${name} SHA256:`);
  });

  it.each([
    'strict',
    'accept-new',
    'insecure-accept-any',
  ] as const)('is no key where it is none: %s', async (hostKey) => {
    const fresh = { ...endpoint(), host: 'new', hostKey };
    const error = await new HostKeyStore().check(fresh, Buffer.from('junk')).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ phase: 'hostkey', host: 'web1', hop: 'new:22' });
    expect(String(error)).toContain('showed a host key that is none');
  });
});

describe('other policies', () => {
  it('accept a new key once, write it down, and hold the next connect to it', async () => {
    const file = join(directory, 'fresh');
    const store = new HostKeyStore();
    const more = { host: 'new', knownHosts: [file], hostKey: 'accept-new' } as const;
    const outcomes = await Promise.all([check(right, more, store), check(wrong, more, store)]);
    expect(outcomes[0]).toBe(`ED25519 ${fingerprint(right)} new, recorded in ${file}`);
    expect(outcomes[1]).toMatchObject({ reason: 'mismatch' });
    expect(await readFile(file, 'utf8')).toBe(`new ${text(right)}\n`);
  });

  it('write names down as hashes where that is asked for', async () => {
    const file = join(directory, 'hashed');
    await check(right, { host: 'new', knownHosts: [file], hostKey: 'accept-new', hashKnownHosts: true });
    expect(await readFile(file, 'utf8')).toMatch(/^\|1\|/);
    expect(await check(right, { host: 'new', knownHosts: [file] })).toContain('known');
  });

  it('take fingerprints in place of known_hosts, with their padding or without', async () => {
    const print = fingerprint(right);
    for (const fingerprints of [[print], [`${print}=`], [fingerprint(wrong), print]]) {
      expect(await check(right, { host: 'new', hostKey: { fingerprints } })).toBe(`ED25519 ${print} as required`);
    }
    const error = await refusal(right, { hostKey: { fingerprints: [fingerprint(wrong)] } });
    expect(error).toMatchObject({ reason: 'mismatch' });
    expect(error.message).toContain('it is not one of the fingerprints that were given');
  });

  it('let anything through where that was asked for by its name', async () => {
    expect(await check(wrong, { hostKey: 'insecure-accept-any' })).toContain('accepted unchecked');
  });

  it.each<[HostKeyInfo['status'], Partial<SshEndpoint>, Buffer]>([
    ['trusted', {}, right],
    ['unknown', { host: 'new' }, right],
    ['mismatch', {}, wrong],
    ['revoked', { host: 'revoked' }, wrong],
  ])('ask a function, which is told that the key is %s', async (status, more, key) => {
    const infos: HostKeyInfo[] = [];
    const hostKey: HostKeyPolicy = (info) => {
      infos.push(info);
      return true;
    };
    expect(await check(key, { ...more, hostKey })).toContain('accepted by the caller');
    expect(infos).toMatchObject([{ status, keyType: 'ssh-ed25519', fingerprint: fingerprint(key), port: 22 }]);
    expect(await refusal(key, { ...more, hostKey: () => false })).toMatchObject({
      reason: status === 'trusted' ? 'mismatch' : status,
      message: expect.stringContaining('the hostKey function did not accept it'),
    });
  });

  it.each([
    1,
    'yes',
    {},
    undefined,
    null,
    [],
  ])('take nothing but a literal true of a function: not %j', async (answer) => {
    const hostKey = (() => answer) as unknown as HostKeyPolicy;
    await refusal(right, { hostKey });
  });
});

describe('the files of known hosts', () => {
  it('tell which types to offer first', async () => {
    expect(await new HostKeyStore().knownTypes(endpoint())).toEqual(['ssh-ed25519']);
    expect(await new HostKeyStore().knownTypes(endpoint({ host: 'new' }))).toEqual([]);
  });

  it('are read once, and again after they could not be read', async () => {
    const store = new HostKeyStore();
    const file = join(directory, 'later');
    const more = { host: 'new', knownHosts: [file] };
    await mkdir(file);
    await expect(store.check(endpoint(more), right)).rejects.toThrow(file);
    await rm(file, { recursive: true });
    await writeFile(file, `new ${text(right)}\n`);
    expect(await check(right, more, store)).toContain('known');
    await rm(file);
    expect(await check(right, more, store)).toContain('known');
  });
});
