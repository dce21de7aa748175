import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TransferJob } from '../workloads/transfer-job.js';
import type { Contender } from './contender.js';
import { sizeOf } from './scratch.js';
import { commandContender, nodeWorkload, pythonWorkload } from './workload.js';

/** The contenders of one transfer: what is there beforehand is removed before each run, and what came is counted after it. */
export async function transferContenders(job: TransferJob, scratch: string): Promise<readonly Contender[]> {
  const contenders = [
    nodeWorkload('hawser', 'transfer-hawser.js', job),
    await sftpContender(job, scratch),
    await pythonWorkload('asyncssh', 'transfer_asyncssh.py', 'asyncssh', job),
  ];
  return contenders.map((contender) => carriedWhole(contender, job));
}

/** OpenSSH's own client, in batch mode. */
async function sftpContender(job: TransferJob, scratch: string): Promise<Contender> {
  const { login, host, direction, from, to } = job;
  const batch = join(scratch, `${direction}-${login.port}.sftp`);
  const command = direction === 'upload' ? 'put' : 'get';
  await writeFile(batch, `${command} -r ${from} ${to}\n`);
  const options = [
    'IdentitiesOnly=yes',
    'GlobalKnownHostsFile=/dev/null',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${login.knownHosts}`,
  ];
  return commandContender('sftp', 'sftp', [
    ...['-q', '-F', '/dev/null', '-P', String(login.port), '-i', login.identity],
    ...options.flatMap((option) => ['-o', option]),
    ...['-b', batch, `${login.user}@${host}`],
  ]);
}

/** A transfer that carried less than all of it was no faster than the others. */
function carriedWhole(contender: Contender, { from, to }: TransferJob): Contender {
  const run: Contender['run'] = async () => {
    await rm(to, { recursive: true, force: true });
    const sample = await contender.run();
    const [wanted, came] = [await sizeOf(from), await sizeOf(to)];
    if (wanted.files === came.files && wanted.bytes === came.bytes) return sample;
    throw new Error(`${contender.name} brought ${JSON.stringify(came)} of ${JSON.stringify(wanted)} to ${to}`);
  };
  return { ...contender, run };
}
