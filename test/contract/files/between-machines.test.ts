import * as node from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { copyBetween } from '../../../src/connection/copy-between.js';
import { createConnection } from '../../../src/connection/create-connection.js';
import { startTestFleet, type TestFleet } from '../../../src/testing/index.js';
import { failure } from '../places.js';
import { overFiles, plant } from './file-places.js';
import { snapshot } from './snapshot.js';

overFiles((place) => {
  let fleet: TestFleet;
  let other: Connection;
  let otherHome: string;
  beforeAll(async () => {
    fleet = await startTestFleet();
    const [host] = fleet.hosts;
    if (host === undefined) throw new Error('The fleet has no host.');
    otherHome = host.directory;
    other = createConnection({ ...host.target, keepAlive: false });
  });
  afterAll(async () => {
    await other.close();
    await fleet.close();
  });

  it('copies a tree to another machine and back, modes and times included', async () => {
    const connection = await place.shared();
    const { there, here } = await place.ground();
    await plant(`${here}/t`, {
      a: 'a',
      'd/line\nbreak': Buffer.alloc(300_000, 'b'),
      'd/e/-rf': '',
      empty: null,
      l: { link: 'a' },
    });
    await node.chmod(`${here}/t/a`, 0o640);
    await node.utimes(`${here}/t/a`, 1_000_000_000, 1_100_000_000);
    await place.give(here);
    const o = { preserve: true };
    const sent = await copyBetween({ connection, path: `${there}/t` }, { connection: other, path: '/t' }, o);
    expect(sent).toMatchObject({ files: 3, links: 1, failed: [] });
    const before = await snapshot(`${here}/t`, { times: true });
    expect(await snapshot(`${otherHome}/t`, { times: true })).toEqual(before);
    await copyBetween({ connection: other, path: '/t' }, { connection, path: `${there}/u` }, o);
    expect(await snapshot(`${here}/u`, { times: true })).toEqual(before);
    await node.rm(`${otherHome}/t`, { recursive: true });
  });

  it('copies from one place to another of the same machine', async () => {
    const connection = await place.shared();
    const { there, here } = await place.ground();
    await plant(`${here}/t`, { a: 'a', 'd/b': 'b'.repeat(100_000) });
    await place.give(here);
    await copyBetween({ connection, path: `${there}/t` }, { connection, path: `${there}/u` });
    expect(await snapshot(`${here}/u`)).toEqual(await snapshot(`${here}/t`));
  });

  it('names the machine that has not what is to be copied', async () => {
    const connection = await place.shared();
    const { there } = await place.ground();
    const error = await failure(
      copyBetween({ connection, path: `${there}/none` }, { connection: other, path: '/never' }),
    );
    expect(error).toMatchObject({ name: 'FileError', code: 'ENOENT', path: `${there}/none` });
    expect(await node.readdir(otherHome)).not.toContain('never');
  });
});
