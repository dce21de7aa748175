import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { connect } from '../../../src/connection/create-connection.js';
import { HawserError } from '../../../src/core/hawser-error.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import type { Target } from '../../../src/inventory/target.js';
import type { TransferProgress } from '../../../src/remote/transfer/progress.js';
import { describeReal, type Sshd, sshdConfigs, startSshd, waitUntil } from '../../rigs/rigs.js';
import { startCountingLine } from './counting-line.js';
import { scratch } from './far-place.js';

/** Large enough for further connections. */
const CONTENT = randomBytes(64 * 1024 * 1024 + 7);

const SFTP_SERVER = '/usr/lib/openssh/sftp-server';

/** The files of a directory, and a digest of each. */
async function snapshot(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await readdir(directory)) {
    found[name] = createHash('sha256')
      .update(await readFile(join(directory, name)))
      .digest('hex');
  }
  return found;
}

const directions = [['upload'], ['download']] as const;

describeReal(['sshd'], 'a very large file over a long line', () => {
  const keyed = (identity: string, port: number): Target => ({
    host: '127.0.0.1',
    port,
    username: 'root',
    privateKey: identity,
    agent: false,
    sshConfig: false,
    hostKey: 'insecure-accept-any',
  });

  it.each(
    directions,
  )('takes further connections for its %s, arrives whole, and leaves none open', async (direction) => {
    await using server = await startSshd({ keys: ['ed25519'] });
    await using line = await startCountingLine({ portOf: () => server.port });
    await using place = await scratch();
    await writeFile(place.path('large'), CONTENT);
    await using connection = await connect(keyed(server.identity, line.port));
    const reports: TransferProgress[] = [];
    await connection[direction](place.path('large'), place.path('copy'), { onProgress: (p) => reports.push(p) });
    expect((await readFile(place.path('copy'))).equals(CONTENT)).toBe(true);
    expect(reports.at(-1)).toMatchObject({ bytes: CONTENT.length, totalBytes: CONTENT.length, files: 1 });
    expect(line.opened).toBe(4);
    await waitUntil('the further connections to be closed', () => line.open === 1);
  });

  it.each(directions)('does its %s over one where there are no others', async (direction) => {
    await using server = await startSshd({ keys: ['ed25519'] });
    await using line = await startCountingLine({ portOf: (i) => (i === 0 ? server.port : undefined) });
    await using place = await scratch();
    await writeFile(place.path('large'), CONTENT);
    await using connection = await connect(keyed(server.identity, line.port));
    await connection[direction](place.path('large'), place.path('copy'));
    expect((await readFile(place.path('copy'))).equals(CONTENT)).toBe(true);
    expect(line.opened).toBeGreaterThan(1);
  });

  it.each(directions)('goes on with its %s where the others are cut', async (direction) => {
    await using server = await startSshd({ keys: ['ed25519'] });
    const cutAfter = (i: number): number => (i === 0 ? Number.POSITIVE_INFINITY : i * 1_500_000);
    await using line = await startCountingLine({ portOf: () => server.port, cutAfter });
    await using place = await scratch();
    await writeFile(place.path('large'), CONTENT);
    await using connection = await connect(keyed(server.identity, line.port));
    const { bytes } = await connection[direction](place.path('large'), place.path('copy'));
    expect((await readFile(place.path('copy'))).equals(CONTENT)).toBe(true);
    expect(bytes).toBe(CONTENT.length);
    expect((await readdir(place.path())).sort()).toEqual(['copy', 'large']);
  });

  it.each([
    ['opens none where somebody would be asked again', 1],
    ['opens some with a password that is known', 4],
  ])('%s', async (_title, connections) => {
    await using server = await startSshd({ keys: ['ed25519'], config: sshdConfigs.passwordOnly });
    await using line = await startCountingLine({ portOf: () => server.port });
    await using place = await scratch();
    await writeFile(place.path('large'), CONTENT);
    let asked = 0;
    const ask = async (): Promise<string> => {
      asked += 1;
      return server.password;
    };
    const { privateKey: _, ...target } = keyed(server.identity, line.port);
    const password = connections === 1 ? ask : server.password;
    await using connection = await connect({ ...target, username: server.user, password });
    await connection.upload(place.path('large'), place.path('copy'));
    expect((await readFile(place.path('copy'))).equals(CONTENT)).toBe(true);
    expect({ opened: line.opened, asked }).toEqual({ opened: connections, asked: connections === 1 ? 1 : 0 });
  });

  it('keeps away from files of the same name on other machines that answer there', async () => {
    await using place = await scratch();
    const machine = (name: string): Promise<Sshd> =>
      startSshd({ keys: ['ed25519'], config: { Subsystem: `sftp ${SFTP_SERVER} -d ${place.path(name)}` } });
    for (const name of ['one', 'other']) {
      await mkdir(place.path(name));
      await writeFile(place.path(name, 'large'), name === 'one' ? CONTENT : Buffer.alloc(CONTENT.length));
    }
    await utimes(place.path('other/large'), 1, 1);
    await using one = await machine('one');
    await using other = await machine('other');
    await using line = await startCountingLine({
      portOf: (i) => (i === 1 ? one.port : other.port),
      cutAfter: (i) => (i === 0 ? 10_000_000 : Number.POSITIVE_INFINITY),
    });
    await using lost = await connect(keyed(other.identity, line.port));
    await expect(lost.upload(place.path('one/large'), 'copy', { resume: true })).rejects.toBeInstanceOf(HawserError);
    const before = await snapshot(place.path('other'));
    expect(Object.keys(before)).toHaveLength(2);
    await using connection = await connect({
      ...keyed(one.identity, line.port),
      privateKey: [one.identity, other.identity],
    });
    await connection.upload(place.path('one/large'), 'copy');
    await connection.download('large', place.path('back'));
    expect(line.opened).toBeGreaterThan(4);
    expect((await readFile(place.path('one/copy'))).equals(CONTENT)).toBe(true);
    expect((await readFile(place.path('back'))).equals(CONTENT)).toBe(true);
    expect(await snapshot(place.path('other'))).toEqual(before);
  });

  it.each([
    ['opens some in a fleet', 4, {}, 1],
    ['opens none in a fleet that counts its connections', 1, { maxConnections: 4 }, 1],
    ['opens none in a fleet of many', 1, {}, 5],
  ])('%s', async (_title, connections, o, members) => {
    await using server = await startSshd({ keys: ['ed25519'] });
    await using line = await startCountingLine({ portOf: () => server.port });
    await using place = await scratch();
    await writeFile(place.path('large'), CONTENT);
    const targets = Array.from({ length: members }, (_, i) => ({
      ...keyed(server.identity, line.port),
      key: `host${i}`,
    }));
    await using fleet = new MultiConnection(targets, o);
    await fleet.get('host0')?.download(place.path('large'), place.path('host0'));
    expect((await readFile(place.path('host0'))).equals(CONTENT)).toBe(true);
    expect(line.opened).toBe(connections);
  });
});
