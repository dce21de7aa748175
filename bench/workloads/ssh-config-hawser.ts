import { SshConfig } from '../../src/inventory/ssh-config/ssh-config.js';
import { assignment, measured, report } from '../lib/measured.js';
import type { LookupJob } from './lookup-job.js';

const { sshConfig, hosts } = assignment<LookupJob>();
const cost = await measured(async () => {
  const config = await SshConfig.load(sshConfig);
  for (const { name } of hosts) {
    const { hostName } = config.resolve({ host: name });
    if (hostName === name) throw new Error(`${name} has no block of its own`);
  }
});
report(cost);
