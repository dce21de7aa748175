import type { KeepAlive } from '../target.js';

/** What a machine is asked for by each of its jobs, where the job does not say otherwise. */
export interface MachineResources {
  readonly nodes?: number;
  /** Processes in all (MPI ranks). */
  readonly tasks?: number;
  readonly tasksPerNode?: number;
  readonly cpusPerTask?: number;
  /** Of each node, such as `4G` or `512M`. */
  readonly memory?: string;
  readonly gpus?: number;
  /** Slurm's partition, Grid Engine's queue. */
  readonly queue?: string;
  readonly account?: string;
  readonly qos?: string;
  /** Grid Engine's parallel environment. */
  readonly parallelEnvironment?: string;
  /** Further options of the scheduler, as words, such as `['--exclusive']`. */
  readonly extra?: readonly string[];
}

/** How to get into a machine, where ssh_config and the defaults do not say: fields of a `Target` that hold no secret. */
export interface MachineAuth {
  /** Files of private keys, `~` is expanded. */
  readonly privateKey?: string | readonly string[];
  readonly agent?: string | false;
  readonly knownHosts?: string | readonly string[];
  readonly hostKey?: 'strict' | 'accept-new' | 'insecure-accept-any' | { readonly fingerprints: readonly string[] };
  readonly proxyJump?: string | readonly string[];
  readonly sshConfig?: boolean | string;
  /** `openssh`: through the system's own client. */
  readonly protocol?: 'ssh' | 'openssh';
  readonly connectTimeout?: number;
  readonly keepAlive?: KeepAlive | false;
}

/** A machine that jobs run on, as plain data. What is empty is left out; paths and texts are as they are used. */
export interface MachineRecord {
  readonly name: string;
  readonly execution: 'local' | 'remote';
  /** The kind of its scheduler: `direct`, `slurm`, `sge`, or one that was registered. */
  readonly scheduler: string;
  /** Below which all jobs work: an absolute path, or one from the home directory on, which begins with `~`. */
  readonly workdir: string;
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly auth?: MachineAuth;
  /** Goes before each job's command, such as `mpirun -np {nprocs}`. */
  readonly launcher?: string;
  readonly nprocs?: number;
  /** Environment modules that are loaded before each job. */
  readonly modules?: readonly string[];
  /** `false`: the modules are kept on record, and not loaded. */
  readonly useModules?: false;
  readonly resources?: MachineResources;
  /** The longest that a job may run where it does not say so itself, in milliseconds. */
  readonly walltime?: number;
  /** Shell text before and after each job's command. */
  readonly prepend?: string;
  readonly postpend?: string;
  /** Shell text that makes the machine's tools known to a shell that is no login shell, such as `. /etc/profile`. */
  readonly envSetup?: string;
  /** The environment of each job. */
  readonly env?: Readonly<Record<string, string>>;
  /** The first line of each job's script, such as `#!/bin/bash -l`. */
  readonly shebang?: string;
}

/** What a machine may be given as: a {@link MachineRecord} that leaves to be found out what has a default. */
export interface MachineFields
  extends Omit<MachineRecord, 'execution' | 'scheduler' | 'prepend' | 'postpend' | 'useModules' | 'walltime'> {
  /** Default `'remote'` with a host, else `'local'`. */
  readonly execution?: 'local' | 'remote';
  /** Default `'direct'`. */
  readonly scheduler?: string;
  readonly useModules?: boolean;
  /** Milliseconds, or as Slurm writes it: `30` are minutes, `02:00:00`, `1-12:00:00`. */
  readonly walltime?: number | string;
  /** Lines, or the whole text. */
  readonly prepend?: string | readonly string[];
  readonly postpend?: string | readonly string[];
}
