import { connect } from '../../src/connection/create-connection.js';
import { assignment, measured, repeat, report } from '../lib/measured.js';
import { hawserTarget } from './hawser-target.js';
import type { WarmCommands } from './warm-commands.js';

const job = assignment<WarmCommands>();
await using connection = await connect(hawserTarget(job.login, job.host));
const once = async (): Promise<void> => {
  const result = await connection.execute('true');
  if (!result.ok) throw new Error(`true failed: ${JSON.stringify(result)}`);
};
await repeat(job.warmUp, job.atOnce, once);
const { cpuMs, wallMs } = await measured(() => repeat(job.count, job.atOnce, once));
report({ cpuMs: cpuMs / job.count, wallMs: wallMs / job.count });
