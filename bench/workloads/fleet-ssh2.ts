import { once } from 'node:events';
import { assignment, measured, repeat, report } from '../lib/measured.js';
import type { FleetJob } from './fleet-job.js';
import { execute, Ssh2Sessions, type Usage } from './ssh2-session.js';

const { login, hosts, atOnce, usage } = assignment<FleetJob & { readonly usage: Usage }>();
const cost = await measured(async () => {
  const sessions = new Ssh2Sessions(login, usage);
  const left = hosts.values();
  await repeat(hosts.length, atOnce, async () => {
    const client = await sessions.connect(String(left.next().value));
    await execute(client, 'true');
    client.end();
    await once(client, 'close');
  });
});
report(cost);
