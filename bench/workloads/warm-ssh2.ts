import { assignment, measured, repeat, report } from '../lib/measured.js';
import { execute, Ssh2Sessions, type Usage } from './ssh2-session.js';
import type { WarmCommands } from './warm-commands.js';

const job = assignment<WarmCommands & { readonly usage: Usage }>();
const client = await new Ssh2Sessions(job.login, job.usage).connect(job.host);
const once = async (): Promise<void> => {
  await execute(client, 'true');
};
await repeat(job.warmUp, job.atOnce, once);
const { cpuMs, wallMs } = await measured(() => repeat(job.count, job.atOnce, once));
client.end();
report({ cpuMs: cpuMs / job.count, wallMs: wallMs / job.count });
