import { execFile } from 'node:child_process';
import { access, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort, isListening, keepProcess } from './kept-process.js';
import { type Sshd, type SshdConfig, startSshd } from './sshd.js';
import { waitUntil } from './wait-until.js';

const run = promisify(execFile);
const server = fileURLToPath(new URL('slurm.sh', import.meta.url));

/** What a test says of the Slurm that it wants. */
export interface SlurmOptions {
  /** Jobs of one processor that run at once. The machine need not have as many. Default 64. */
  readonly cpus?: number;
  /** How many seconds slurmctld remembers a job that has ended. Default 300. */
  readonly minJobAge?: number;
  /** Further lines of slurm.conf(5). */
  readonly config?: readonly string[];
  /** Settings of the login node's sshd. */
  readonly sshd?: SshdConfig;
  /** How many ordinary accounts there are, `hawser-test1` upwards. Default 1. */
  readonly users?: number;
}

/**
 * A Slurm without accounting, with one node and one partition, `main`, and a login node: jobs are submitted by SSH. They run
 * on another machine than the login node by its name and its processes, with the same files.
 */
export interface Slurm extends AsyncDisposable {
  /** The login node. */
  readonly sshd: Sshd;
  /** The value of `SLURM_CONF`, which sessions of the login node have in their environment. */
  readonly conf: string;
  /** What the daemons have written. */
  log(): Promise<string>;
  /** Ends slurmctld, which writes down what it knows. Jobs that run go on. */
  controllerDown(): Promise<void>;
  /** Starts it again. */
  controllerUp(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Slurm on free ports of 127.0.0.1. */
export async function startSlurm(options: SlurmOptions = {}): Promise<Slurm> {
  const directory = await mkdtemp(join(tmpdir(), 'hawser-slurm-'));
  await chmod(directory, 0o755); // daemons and sessions run as other users
  const conf = join(directory, 'slurm.conf');
  const log = join(directory, 'log');
  const port = await freePort();
  await writeFile(conf, await configText(directory, port, options));
  const scontrol = async (...args: string[]): Promise<string> => {
    const { stdout } = await run('scontrol', args, { env: { ...process.env, SLURM_CONF: conf } });
    return stdout;
  };

  const ready = (): Promise<boolean> => exists(join(directory, 'ready'));
  const cluster = await keepProcess({ command: server, args: [directory], log, ready, limit: 45_000 });
  const sshd = await startSshd({
    keys: ['ed25519'],
    users: options.users ?? 1,
    config: { ...options.sshd, SetEnv: `SLURM_CONF=${conf}` },
  }).catch(async (error: unknown) => {
    await cluster.stop();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await Promise.all([cluster.stop(), sshd.stop()]);
    await rm(directory, { recursive: true, force: true });
  };
  return {
    sshd,
    conf,
    log: () => readFile(log, 'utf8'),
    controllerDown: async () => {
      await writeFile(join(directory, 'down'), '');
      await scontrol('shutdown', 'slurmctld');
      await waitUntil('slurmctld to end', async () => !(await isListening(port)));
    },
    controllerUp: async () => {
      await rm(join(directory, 'down'));
      await waitUntil('slurmctld to answer', async () => (await scontrol('ping').catch(String)).includes('is UP'));
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function configText(
  directory: string,
  port: number,
  { cpus = 64, minJobAge = 300, config = [] }: SlurmOptions,
): Promise<string> {
  const lines = [
    'ClusterName=hawser',
    'SlurmctldHost=compute(127.0.0.1)',
    `SlurmctldPort=${port}`,
    'CommunicationParameters=NoCtldInAddrAny,NoInAddrAny',
    'SlurmUser=slurm',
    'AuthType=auth/munge',
    // A job that is requeued waits as long before it runs again, in seconds.
    `AuthInfo=socket=${directory}/munge/socket,cred_expire=5`,
    'CredType=cred/munge',
    `StateSaveLocation=${directory}/state`,
    `SlurmdSpoolDir=${directory}/spool`,
    `SlurmctldPidFile=${directory}/state/slurmctld.pid`,
    `SlurmdPidFile=${directory}/spool/slurmd.pid`,
    // No cgroups, no accounting, no MPI.
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'JobAcctGatherType=jobacct_gather/none',
    'AccountingStorageType=accounting_storage/none',
    'JobCompType=jobcomp/none',
    'MpiDefault=none',
    'SwitchType=switch/none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_CPU',
    'SlurmdParameters=config_overrides',
    // Tests wait for each of these.
    'SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0',
    'KillWait=2',
    `MinJobAge=${minJobAge}`,
    'ReturnToService=2',
    ...config,
    `NodeName=node1 NodeHostname=compute NodeAddr=127.0.0.1 Port=${await freePort()} CPUs=${cpus} RealMemory=1000`,
    'PartitionName=main Nodes=node1 Default=YES MaxTime=60 State=UP',
  ];
  return `${lines.join('\n')}\n`;
}
