// A directory to work in: made once, remembered, and where commands run and paths begin.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { sessions } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using fleet = await startTestFleet({ hosts: ['cluster1'] });
const cluster1 = { host: 'cluster1', sshConfig: fleet.sshConfig };
await writeFile('si.in', 'a = 5.43\n');

// Every task says where it works. The directories above it are made as well; a path that is not absolute begins at home.
async function relax(material: string): Promise<string> {
  const session = await sessions.get(cluster1);
  const run = await session.directory(`work/${material}-relax`);
  await run.upload('si.in'); // work/si-relax/si.in
  const { stdout } = await run.execute('wc -c <si.in; pwd', { check: true });
  return stdout.trim();
}
console.log(await relax('si'));

// The second time there is nothing to set up: neither a connection nor the directory. The server has it in its log.
{
  const host = fleet.host('cluster1');
  const session = await sessions.get(cluster1);
  host.clearLog();
  const run = await session.directory('work/si-relax');
  assert.equal(run, await session.directory('work/./si-relax/'));
  assert.deepEqual(host.log, []);
  await Promise.all(['ge', 'c', 'sn', 'pb'].map(relax)); // and each of these has its own
  assert.ok(!host.log.some(({ what }) => what === 'connect'));
}

// All that a connection can do begins there: commands, processes, files, paths, transfers, tails.
const session = await sessions.get(cluster1);
const run = await session.directory('work/si-relax', { mode: 0o700 });
await run.fs.writeFile('job.sh', 'echo relaxed >log\n');
await run.execute('sh job.sh', { check: true });
assert.equal(await run.Path('log').readText(), 'relaxed\n');
await run.download('log', 'si.log'); // without a second path it has the same name here
const scratch = await run.directory('scratch');
await scratch.execute('cp ../si.in .', { check: true });
console.log(run.path, await run.fs.readdir('.'));

// Somebody tidies up. What runs there, or is made there, makes the directory again first; who looks is told.
await session.fs.rm('work', { recursive: true });
await assert.rejects(run.fs.readdir('.'), { code: 'ENOENT' });
assert.equal((await run.execute('ls')).stdout, '');
await run.upload('si.in');
assert.deepEqual(await run.fs.readdir('.'), ['si.in']);

// It cannot be made where something is in the way. The error says what.
await session.fs.writeFile('taken', '');
await assert.rejects(session.directory('taken/run'), (error: Error) => {
  console.log(error.message);
  return true;
});
