import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../../src/connection/create-connection.js';
import { ConnectError, HostKeyError } from '../../../src/core/errors.js';
import type { HostKeyInfo, HostKeyPolicy } from '../../../src/inventory/target.js';
import { describeReal, type Sshd, startLatencyProxy, startSshd } from '../../rigs/rigs.js';
import { errorOf, targetOf } from './target.js';

describeReal(['sshd'], 'host keys', () => {
  let server: Sshd;
  let stranger: Sshd;
  let directory: string;
  beforeAll(async () => {
    [server, stranger] = await Promise.all([startSshd(), startSshd()]);
    directory = await mkdtemp(join(tmpdir(), 'hawser-keys-'));
  });
  afterAll(async () => {
    await Promise.all([server?.stop(), stranger?.stop()]);
    await rm(directory, { recursive: true, force: true });
  });

  /** A known_hosts file with the lines of one server, made to speak of another. */
  const file = async (name: string, text: string): Promise<string> => {
    const path = join(directory, name);
    await writeFile(path, text);
    return path;
  };
  const linesOf = async (of: Sshd, as: Sshd): Promise<string> =>
    (await readFile(of.knownHosts, 'utf8')).replaceAll(String(of.port), String(as.port));

  it('refuses a host that is not on record, with its fingerprint and the way to trust it', async () => {
    const knownHosts = await file('empty', '');
    const error = await errorOf(connect(targetOf(server, { knownHosts })), HostKeyError);
    expect(error).toMatchObject({ reason: 'unknown', phase: 'hostkey', host: '127.0.0.1', retryable: false });
    expect(error.fingerprint).toMatch(/^SHA256:/);
    expect(error.message).toContain(error.fingerprint);
    expect(error.message).toContain(`hawser trust 127.0.0.1:${server.port}`);
    expect(await server.log()).not.toContain(`Accepted publickey for ${server.user} from 127.0.0.1 port 0`);
  });

  it('refuses a changed key, naming file and line, under strict and accept-new alike', async () => {
    const knownHosts = await file('changed', `# a comment\n${await linesOf(stranger, server)}`);
    for (const hostKey of ['strict', 'accept-new'] as const) {
      const error = await errorOf(connect(targetOf(server, { knownHosts, hostKey })), HostKeyError);
      expect(error).toMatchObject({ reason: 'mismatch', file: knownHosts, line: expect.any(Number) });
    }
    expect(await readFile(knownHosts, 'utf8')).toContain('# a comment');
  });

  it('refuses a revoked key even where it is trusted as well', async () => {
    const lines = await linesOf(server, server);
    const revoked = lines.replace(/^/gm, '@revoked ').replace(/@revoked $/, '');
    const knownHosts = await file('revoked', lines + revoked);
    const error = await errorOf(connect(targetOf(server, { knownHosts })), HostKeyError);
    expect(error.reason).toBe('revoked');
  });

  it('fails as the link does where that is lost while a key is being judged', async () => {
    await using proxy = await startLatencyProxy(server.port);
    let judge = (_: boolean): void => {};
    const hostKey = (): Promise<boolean> => {
      void proxy.cut();
      return new Promise((resolve) => {
        judge = resolve;
      });
    };
    const error = await errorOf(connect(targetOf(server, { port: proxy.port, hostKey })), ConnectError);
    expect([error.phase, error.retryable]).toEqual(['hostkey', true]);
    // What he says now is said to nobody.
    judge(true);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('accepts a new host once, records it privately, and holds it to that key', async () => {
    const knownHosts = join(directory, 'new', 'known_hosts');
    const target = targetOf(server, { knownHosts, hostKey: 'accept-new' });
    await (await connect(target)).close();
    await (await connect({ ...target, hostKey: 'strict' })).close();
    expect((await stat(knownHosts)).mode & 0o777).toBe(0o600);
    expect((await readFile(knownHosts, 'utf8')).trim().split('\n')).toHaveLength(1);
  });

  it('asks for the key type that is on record, of all that the server has', async () => {
    for (const type of ['ssh-rsa', 'ecdsa-sha2-nistp256']) {
      const line = (await readFile(server.knownHosts, 'utf8')).split('\n').find((l) => l.includes(type));
      const knownHosts = await file(`only-${type}`, `${line}\n`);
      await using connection = await connect(targetOf(server, { knownHosts }));
      expect(connection.connectSteps.find((s) => s.phase === 'hostkey')?.detail).toContain(`${knownHosts}:1`);
    }
  });

  it('finds the type on record among more hashed names than it searches in advance', async () => {
    const line = (await readFile(server.knownHosts, 'utf8')).split('\n').find((l) => l.includes('ssh-rsa')) ?? '';
    const { KnownHosts } = await import('../../../src/inventory/known-hosts/known-hosts.js');
    const key = Buffer.from(line.split(' ')[2] ?? '', 'base64');
    const others = Array.from({ length: 500 }, (_, i) => KnownHosts.line(`other${i}`, 22, key, { hash: true }));
    const own = KnownHosts.line(server.host, server.port, key, { hash: true });
    const knownHosts = await file('hashed', `${[...others, own].join('\n')}\n`);
    await (await connect(targetOf(server, { knownHosts }))).close();
  });

  it('takes fingerprints in place of a file', async () => {
    const knownHosts = await file('none', '');
    const refused = await errorOf(connect(targetOf(server, { knownHosts })), HostKeyError);
    const right: HostKeyPolicy = { fingerprints: [refused.fingerprint] };
    await (await connect(targetOf(server, { knownHosts, hostKey: right }))).close();
    const wrong: HostKeyPolicy = { fingerprints: [`SHA256:${'A'.repeat(43)}`] };
    await errorOf(connect(targetOf(server, { knownHosts, hostKey: wrong })), HostKeyError);
  });

  it('takes nothing but a literal true from a function, and tells it all it knows', async () => {
    const seen: HostKeyInfo[] = [];
    const answering = (answer: unknown): HostKeyPolicy =>
      ((info: HostKeyInfo) => {
        seen.push(info);
        return answer;
      }) as HostKeyPolicy;
    const truthy = [1, 'yes', {}, undefined, null, false, Promise.resolve(false), Promise.resolve(1)];
    for (const answer of truthy) {
      await errorOf(connect(targetOf(server, { hostKey: answering(answer) })), HostKeyError);
    }
    await (await connect(targetOf(server, { hostKey: answering(Promise.resolve(true)) }))).close();
    expect(seen[0]).toMatchObject({
      host: '127.0.0.1',
      port: server.port,
      status: 'trusted',
      hop: `127.0.0.1:${server.port}`,
    });
    const broken = (): never => {
      throw new Error('the inventory is down');
    };
    await expect(connect(targetOf(server, { hostKey: broken }))).rejects.toThrow('the inventory is down');
  });

  it('accepts anything only by the name that says so', async () => {
    const knownHosts = await file('changed2', await linesOf(stranger, server));
    await (await connect(targetOf(server, { knownHosts, hostKey: 'insecure-accept-any' }))).close();
  });

  it('uses the good lines of a file that has bad ones', async () => {
    const knownHosts = await file('garbage', `\u0000\u0001 garbage\n|1|x|y z\n${await linesOf(server, server)}`);
    await (await connect(targetOf(server, { knownHosts }))).close();
  });

  it('says so when the file cannot be read', async () => {
    const failure = connect(targetOf(server, { knownHosts: directory }));
    await expect(failure).rejects.toThrow(directory);
  });
});
