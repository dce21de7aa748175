// Files of a machine: Node's calls, paths as objects, a tree there and back, a log that is followed.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['web1'] });
await using web1 = await connect(fleet.host('web1').target);
const here = await mkdtemp(join(tmpdir(), 'hawser-example-'));

try {
  await web1.fs.mkdir('app/conf', { recursive: true });
  await web1.fs.writeFile('app/conf/app.ini', 'port = 80\n');
  for await (const path of web1.Path('app').rglob('*.ini')) console.log(`${path}: ${await path.readText()}`);

  const { files } = await web1.download('app', join(here, 'app'));
  console.log(`${files} file fetched: ${await readFile(join(here, 'app/conf/app.ini'), 'utf8')}`);
  await writeFile(join(here, 'app/conf/app.ini'), 'port = 8080\n');
  await web1.upload(join(here, 'app'), 'app', { overwrite: 'if-different', verify: 'sha256' });
  console.log(await web1.fs.readFile('app/conf/app.ini', 'utf8'));

  await web1.fs.writeFile('app.log', 'started\n');
  await using tail = await web1.tail('app.log', { from: 'start' });
  await web1.execute('echo ready >> app.log');
  for await (const line of tail) {
    console.log(line);
    if (line === 'ready') break;
  }
} finally {
  await rm(here, { recursive: true });
}
