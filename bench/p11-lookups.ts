import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Comparison, CPU_AND_WALL, compare } from './lib/comparison.js';
import type { Row } from './lib/row.js';
import { commandContender, nodeWorkload, pythonWorkload } from './lib/workload.js';
import type { LookupJob } from './workloads/lookup-job.js';

const LINES = 10_000;
const BLOCKS = 2_000;
const ASKED = 1_000;
/** Programs that are started anew for each host are asked for some hosts, and the rest reckoned from those. */
const EVERY = 50;

const LIMITS = CPU_AND_WALL.map(({ name }) => ({ measure: name, ours: 'hawser', most: 1000 }));

/** What the files cost that a client reads before it connects. */
export const row: Row = {
  id: 'P11',
  title: `${ASKED} hosts of known_hosts (${LINES} hashed lines) and of ssh_config (${BLOCKS} blocks)`,
  async run({ rounds }) {
    const directory = await mkdtemp(join(tmpdir(), 'hawser-bench-'));
    try {
      const job = await writeFiles(directory);
      return [await knownHosts(job, rounds), await sshConfig(job, rounds)];
    } finally {
      await rm(directory, { recursive: true });
    }
  },
};

async function knownHosts(job: LookupJob, rounds: number): Promise<Comparison> {
  const script = 'for host; do ssh-keygen -F "$host" -f "$0" || exit; done';
  const plan = {
    title: `known_hosts: read it, and judge the keys of ${ASKED} hosts`,
    contenders: [
      nodeWorkload('hawser', 'known-hosts-hawser.js', job),
      await pythonWorkload('paramiko', 'known_hosts_paramiko.py', 'paramiko', job),
      commandContender('ssh-keygen -F', 'sh', ['-c', script, job.knownHosts, ...some(job)], EVERY),
    ],
    measures: CPU_AND_WALL,
    targets: LIMITS,
  };
  return compare(plan, rounds);
}

async function sshConfig(job: LookupJob, rounds: number): Promise<Comparison> {
  const script = 'for host; do ssh -G -F "$0" "$host" || exit; done';
  const plan = {
    title: `ssh_config: read it, and resolve ${ASKED} hosts`,
    contenders: [
      nodeWorkload('hawser', 'ssh-config-hawser.js', job),
      await pythonWorkload('paramiko', 'ssh_config_paramiko.py', 'paramiko', job),
      commandContender('ssh -G', 'sh', ['-c', script, job.sshConfig, ...some(job)], EVERY),
    ],
    measures: CPU_AND_WALL,
    targets: LIMITS,
  };
  return compare(plan, rounds);
}

function some({ hosts }: LookupJob): string[] {
  return hosts.filter((_, i) => i % EVERY === 0).map(({ name }) => name);
}

/** Both files name the same hosts. Those that are asked for lie all over them. */
async function writeFiles(directory: string): Promise<LookupJob> {
  const knownHosts = join(directory, 'known_hosts');
  const sshConfig = join(directory, 'config');
  const all = Array.from({ length: LINES }, (_, i) => ({ name: `node-${i}.example.org`, key: ed25519Key() }));
  const blocks = all.slice(0, BLOCKS);
  await writeFile(knownHosts, all.map(({ name, key }) => `${name} ssh-ed25519 ${key}\n`).join(''));
  await promisify(execFile)('ssh-keygen', ['-H', '-f', knownHosts]);
  const texts = blocks.map(
    ({ name }, i) => `Host ${name}\n  HostName 10.0.${i >> 8}.${i & 255}\n  User deploy\n  Port ${2000 + i}\n`,
  );
  await writeFile(sshConfig, `${texts.join('')}Host *\n  ServerAliveInterval 15\n`);
  return { knownHosts, sshConfig, hosts: blocks.filter((_, i) => i % (BLOCKS / ASKED) === 0) };
}

/** A public key as it goes over the wire (RFC 8709 §4), in base64. */
function ed25519Key(): string {
  const type = Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0\x20', 'latin1');
  return Buffer.concat([type, randomBytes(32)]).toString('base64');
}
