// Sessions that several processes share: a broker in the background keeps them. `hawser session` does the same by hand.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SessionBroker } from 'hawser';
import { startTestFleet } from 'hawser/testing';

const [, program = '', role, sshConfig = '', socket = ''] = process.argv;

/** One process of several: it finds the broker, or starts it where it is the first, and a session there, or opens it. */
async function calculate(name: string): Promise<string> {
  await using broker = await SessionBroker.connect({ socket });
  await using session = await broker.get({ host: 'cluster1', sshConfig });
  const run = await session.directory(`calculations/${name}`);
  await run.fs.writeFile('input', name);
  return (await run.execute('tr a-z A-Z <input', { check: true })).stdout;
}

if (role !== undefined) console.log(await calculate(role));
else {
  await using fleet = await startTestFleet({ hosts: ['cluster1'] });
  const host = fleet.host('cluster1');
  // Yours needs no path: each user has one broker, whose socket lies in a directory that nobody else can enter.
  const directory = await mkdtemp(join(process.cwd(), 'broker-'));
  const own = join(directory, 'socket');

  // Four programs, one after another and side by side. Each comes to its end, and the session stays.
  const start = (name: string) => promisify(execFile)(process.execPath, [program, name, fleet.sshConfig, own]);
  console.log((await start('si')).stdout.trim());
  const others = await Promise.all(['ge', 'sn', 'pb'].map(start));
  assert.deepEqual(
    others.map(({ stdout }) => stdout),
    ['GE\n', 'SN\n', 'PB\n'],
  );

  // What the server says of it: one login, whoever asked.
  assert.equal(host.log.filter(({ what }) => what === 'ready').length, 1);

  // What the broker says, as in `hawser session ls`.
  await using broker = await SessionBroker.connect({ socket: own });
  for (const { id, key, reused } of await broker.list()) console.log(id, key, `reused ${reused} times`);
  assert.deepEqual(await broker.find([{ host: 'cluster1', sshConfig: fleet.sshConfig }]), [true]);

  // It ends by itself when nobody has needed it for a while; or now, with its sessions.
  await broker.stop();
  await rm(directory, { recursive: true });
}
