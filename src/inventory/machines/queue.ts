import type { MachineAuth, MachineRecord, MachineResources } from './machine-record.js';

/** How a queue says who one is: `method`, `sshKey` and `port` by the names that xespresso has for them, and what else there is. */
export interface QueueAuth extends Omit<MachineAuth, 'privateKey'> {
  readonly method: 'key';
  readonly sshKey?: string | readonly string[];
  readonly port?: number;
}

/**
 * A machine as one flat object, by the names of xespresso's `to_queue()` in camelCase: what a scheduler is given there. It
 * holds all that the machine is, and is plain data.
 */
export interface Queue {
  readonly name: string;
  readonly execution: 'local' | 'remote';
  readonly scheduler: string;
  readonly useModules: boolean;
  readonly modules: readonly string[];
  readonly resources: MachineResources;
  readonly prepend: string;
  readonly postpend: string;
  readonly launcher: string;
  readonly nprocs?: number;
  readonly envSetup?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly shebang?: string;
  readonly walltime?: number;
  /** The workdir of a local machine. */
  readonly localDir?: string;
  readonly remoteHost?: string;
  readonly remoteUser?: string;
  readonly remoteAuth?: QueueAuth;
  /** The workdir of a remote machine. */
  readonly remoteDir?: string;
}

/** The queue of a machine. Nothing of the machine is lost: {@link queueFields} gives it back. */
export function queueOf(machine: MachineRecord): Queue {
  const { name, execution, scheduler, workdir, host, port, username, auth = {} } = machine;
  const { nprocs, envSetup, env, shebang, walltime, modules = [] } = machine;
  const { privateKey, ...how } = auth;
  const place: Partial<Queue> =
    execution === 'local' || host === undefined
      ? { localDir: workdir }
      : {
          remoteHost: host,
          ...(username === undefined ? {} : { remoteUser: username }),
          remoteAuth: {
            method: 'key',
            ...(privateKey === undefined ? {} : { sshKey: privateKey }),
            ...(port === undefined ? {} : { port }),
            ...how,
          },
          remoteDir: workdir,
        };
  return {
    name,
    execution,
    scheduler,
    useModules: modules.length > 0 && machine.useModules !== false,
    modules,
    resources: machine.resources ?? {},
    prepend: machine.prepend ?? '',
    postpend: machine.postpend ?? '',
    launcher: machine.launcher ?? '',
    ...(nprocs === undefined ? {} : { nprocs }),
    ...(envSetup === undefined ? {} : { envSetup }),
    ...(env === undefined ? {} : { env }),
    ...(shebang === undefined ? {} : { shebang }),
    ...(walltime === undefined ? {} : { walltime }),
    ...place,
  };
}

/** The fields of the machine that a queue is of, unchecked: what is no field of a queue is passed on, for the check to refuse. */
export function queueFields(queue: Queue): Readonly<Record<string, unknown>> {
  const { localDir, remoteHost, remoteUser, remoteAuth, remoteDir, ...same } = queue;
  if (remoteHost === undefined && remoteAuth === undefined) return { ...same, workdir: localDir ?? remoteDir };
  const { method: _, sshKey, port, ...how } = remoteAuth ?? { method: 'key' };
  return {
    ...same,
    host: remoteHost,
    username: remoteUser,
    port,
    auth: { privateKey: sshKey, ...how },
    workdir: remoteDir ?? localDir,
  };
}
