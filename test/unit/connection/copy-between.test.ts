import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { copyBetween } from '../../../src/connection/copy-between.js';
import { connect } from '../../../src/connection/create-connection.js';
import { startTestFleet } from '../../../src/testing/test-fleet.js';

it('a tree is copied from one machine to another', async () => {
  await using fleet = await startTestFleet({ hosts: 2 });
  const [one, two] = [fleet.host('host1'), fleet.host('host2')];
  await mkdir(join(one.directory, 'app/empty'), { recursive: true });
  await writeFile(join(one.directory, 'app/main'), 'program');
  await using from = await connect(one.target);
  await using to = await connect(two.target);
  const summary = await copyBetween({ connection: from, path: 'app' }, { connection: to, path: 'srv/app' });
  expect(summary).toMatchObject({ files: 1, bytes: 7, failed: [] });
  expect(await readFile(join(two.directory, 'srv/app/main'), 'utf8')).toBe('program');
  expect(await to.fs.readdir('srv/app')).toEqual(['empty', 'main']);
});
