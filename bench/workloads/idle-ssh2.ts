import type { Client } from 'ssh2';
import { assignment, repeat, report } from '../lib/measured.js';
import { type IdleJob, memoryNow, perConnection } from './idle-job.js';
import { Ssh2Sessions } from './ssh2-session.js';

const { login, hosts, warmUp } = assignment<IdleJob>();
const sessions = new Ssh2Sessions(login, 'used well');
const open: Client[] = [];
const connect = async (some: readonly string[]): Promise<void> => {
  const left = some.values();
  await repeat(some.length, 32, async () => {
    open.push(await sessions.connect(String(left.next().value)));
  });
};

await connect(hosts.slice(0, warmUp));
const before = await memoryNow();
await connect(hosts.slice(warmUp));
report(perConnection(before, await memoryNow(), hosts.length - warmUp));
for (const client of open) client.end();
