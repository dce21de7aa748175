import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { HawserError } from '../../../src/core/hawser-error.js';
import type { JobInput } from '../../../src/jobs/job-spec.js';
import { manifestOf } from '../../../src/jobs/staging/manifest.js';
import { type StagedFiles, stage } from '../../../src/jobs/staging/stage.js';
import type { StagingPlace } from '../../../src/jobs/staging/staging-place.js';
import { describeReal, type Sshd, sshdConfigs, startSshd } from '../../rigs/rigs.js';
import { targetOf } from '../ssh/target.js';
import { startCuttingProxy } from '../transfer/cutting-proxy.js';
import { Grounds } from './staging-place.js';

type Inputs = Readonly<Record<string, JobInput>>;

const record = [{ name: 'script', content: '#!/bin/sh\n' }];
const put = async (place: StagingPlace, inputs: Inputs, stager?: string): Promise<StagedFiles> =>
  stage(place, { inputs: await manifestOf(inputs), record }, stager === undefined ? {} : { stager });

/** After how many bytes, both ways, a link is cut. */
const POINTS = [3_000, 10_000, 30_000, 60_000, 120_000, 240_000, 440_000, 470_000, 490_000, 2_000_000];

describeReal(['sshd'], 'staging where something breaks', () => {
  let server: Sshd;
  let grounds: Grounds;
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'] });
    grounds = new Grounds(server);
  });
  afterEach(() => grounds[Symbol.asyncDispose]());
  afterAll(() => server?.stop());

  const many = (what: string): Inputs =>
    Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`in/${i}`, `${what} ${i} ${'.'.repeat(4000)}`]));

  it('leaves what was there READY or takes READY away, wherever the link is cut, and is done the next time', async () => {
    await using proxy = await startCuttingProxy(server.port);
    const place = await grounds.place();
    const { path } = place.directory;
    await put(place, many('old'));
    const outcomes: string[] = [];
    for (const [i, bytes] of POINTS.entries()) {
      const inputs = many(`new${i}`);
      await using cut = new SshConnection({
        target: targetOf(server, { port: proxy.port, hostKey: 'insecure-accept-any' }),
      });
      const directory = await cut.directory(path);
      proxy.cutAfter(bytes);
      // Every other one has a name, as who would go on has.
      const stager = i % 2 === 0 ? 'me' : undefined;
      const outcome = await put({ ...place, connection: cut, directory }, inputs, stager).then(
        () => 'done',
        (error: unknown) => (error instanceof HawserError ? 'failed' : String(error)),
      );
      outcomes.push(outcome);
      proxy.cutAfter(Number.POSITIVE_INFINITY);
      const ready = async (): Promise<string | undefined> =>
        readFile(join(path, place.record, 'READY'), 'utf8').catch(() => undefined);
      const before = await ready();
      const contents = await Promise.all(Object.keys(inputs).map((name) => readFile(join(path, name), 'utf8')));
      // What was asked for before the cut may still be under way.
      if (before !== undefined && before === (await ready())) {
        expect(new Set(contents.map((content) => content.split(' ')[0])).size).toBe(1);
      }
      expect((await put(place, inputs, stager)).state).toBe('staged');
      expect(await readFile(join(path, 'in/99'), 'utf8')).toMatch(new RegExp(`^new${i} 99 `));
    }
    expect(outcomes).toContain('failed');
    expect(outcomes.at(-1)).toBe('done');
    expect((await readdir(join(path, place.record))).toSorted()).toEqual(['READY', 'inputs', 'script']);
  });
});

describe.each([
  { name: 'no SFTP', config: sshdConfigs.noSftp },
  { name: 'one session at a time', config: sshdConfigs.oneSession },
])('staging on a server with $name', ({ config }) => {
  describeReal(['sshd'], 'as an ordinary user', () => {
    let server: Sshd;
    let grounds: Grounds;
    beforeAll(async () => {
      server = await startSshd({ keys: ['ed25519'], config });
      grounds = new Grounds(server);
    });
    afterEach(() => grounds[Symbol.asyncDispose]());
    afterAll(() => server?.stop());

    it('sends what is not there', async () => {
      const place = await grounds.place();
      const inputs = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`in/it's ${i}`, `${i}`]));
      expect((await put(place, inputs)).sent).toHaveLength(60);
      expect((await put(place, { ...inputs, b: 'two' })).sent).toEqual(['b']);
      expect(await readFile(join(place.directory.path, "in/it's 7"), 'utf8')).toBe('7');
    });
  });
});
