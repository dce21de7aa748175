import { defined } from '../../core/defined.js';
import { hostFault, userFault } from '../host-name.js';
import {
  boolean,
  entriesOf,
  type FieldNames,
  fieldsOf,
  line,
  listOf,
  oneOf,
  readerOf,
  shellText,
  shown,
  text,
  WrittenNumber,
  wholeNumber,
} from './field-readers.js';
import { MachineFault, type MachinePath } from './machine-fault.js';
import { machineNameFault } from './machine-name.js';
import type { MachineRecord } from './machine-record.js';
import { readAuth } from './read-auth.js';
import { readResources } from './read-resources.js';
import { LONGEST_WALLTIME, readWalltime } from './walltime.js';
import { readWorkdir } from './workdir.js';

const NAMES: FieldNames = {
  known: [
    'name',
    'execution',
    'scheduler',
    'workdir',
    'host',
    'port',
    'username',
    'auth',
    'launcher',
    'nprocs',
    'modules',
    'useModules',
    'resources',
    'walltime',
    'prepend',
    'postpend',
    'envSetup',
    'env',
    'shebang',
  ],
  slips: new Map([
    ['user', 'username'],
    ['hostname', 'host'],
    ['address', 'host'],
    ['directory', 'workdir'],
    ['append', 'postpend'],
    ['environment', 'env'],
    ['time', 'walltime'],
    ['password', ' a machine holds no secrets; use a key or the agent'],
    ['machines', ' a file of several machines is called machines.yaml or machines.json'],
  ]),
};

/** What every command of a job is put behind stands where this does. */
const COUNT = '{nprocs}';

/**
 * Reads a machine that is plain data: a file's, or an object's. `name` is what it is called where it does not say so; where
 * it does, that has to be the same.
 *
 * @throws MachineFault with the path of the field.
 */
export function readMachine(value: unknown, path: MachinePath, name?: string): MachineRecord {
  const fields = fieldsOf(value, path, NAMES);
  const read = readerOf(fields);
  const at = (field: string): MachinePath => fields.get(field)?.path ?? path;

  const own = read('name', machineName);
  if (own !== undefined && name !== undefined && own !== name) {
    throw new MachineFault(at('name'), `The name is ${shown(own)}, and the machine is kept as ${shown(name)}`);
  }
  const host = read('host', hostName);
  const given = read('execution', oneOf(['local', 'remote']));
  const execution = given ?? (host === undefined ? 'local' : 'remote');
  if (execution === 'remote' && host === undefined) {
    throw new MachineFault(at('execution'), 'Expected the field `host`: a remote machine has one');
  }
  const stray = ['host', 'port', 'username', 'auth'].find((field) => execution === 'local' && fields.has(field));
  if (stray !== undefined) {
    throw new MachineFault(at(stray), `There is no \`${stray}\` where \`execution\` is local`, 'field');
  }
  const { auth, port: other } = read('auth', readAuth) ?? { auth: undefined, port: undefined };
  const port = read('port', wholeNumber(1, 65_535)) ?? other?.value;
  if (other !== undefined && other.value !== port) {
    throw new MachineFault(other.path, `The port is ${other.value} here and ${port} in \`port\`: leave one away`);
  }
  const modules = read('modules', listOf(line));
  const hasModules = modules !== undefined && modules.length > 0;
  const uses = read('useModules', boolean);
  const workdir = read('workdir', directory);
  const label = own ?? name;
  if (label === undefined) throw new MachineFault(path, 'Expected the field `name`');
  if (workdir === undefined) throw new MachineFault(path, 'Expected the field `workdir`, such as ~/runs');
  return {
    name: label,
    execution,
    scheduler: read('scheduler', kindName) ?? 'direct',
    workdir,
    ...defined({
      host,
      port,
      username: read('username', userName),
      auth,
      launcher: read('launcher', launcher),
      nprocs: read('nprocs', wholeNumber(1)),
      modules: hasModules ? modules : undefined,
      useModules: hasModules && uses === false ? false : undefined,
      resources: read('resources', readResources),
      walltime: read('walltime', walltime),
      prepend: read('prepend', shellText),
      postpend: read('postpend', shellText),
      envSetup: read('envSetup', shellText),
      env: read('env', environment),
      shebang: read('shebang', shebang),
    }),
  };
}

/** A machine's name. Throws MachineFault for one that could lead elsewhere. */
export function machineName(value: unknown, path: MachinePath): string {
  const name = text(value, path);
  const fault = machineNameFault(name);
  if (fault === undefined) return name;
  throw new MachineFault(path, `The name of a machine ${fault}; got ${shown(name)}`);
}

function hostName(value: unknown, path: MachinePath): string {
  const host = text(value, path);
  const fault = hostFault(host);
  if (fault === undefined) return host;
  const hint = host.includes('@') ? '; the user goes into `username`' : '';
  throw new MachineFault(path, `Expected a host name, an alias of ssh_config, or an address: ${fault.why}${hint}`);
}

function userName(value: unknown, path: MachinePath): string {
  const user = text(value, path);
  const fault = userFault(user);
  if (fault === undefined) return user;
  throw new MachineFault(path, `Expected a user name: ${fault.why}`);
}

function kindName(value: unknown, path: MachinePath): string {
  const name = text(value, path);
  if (/^[A-Za-z][A-Za-z0-9_-]{0,40}$/u.test(name)) return name;
  throw new MachineFault(path, `Expected the kind of a scheduler, such as direct, slurm or sge, got ${shown(name)}`);
}

function directory(value: unknown, path: MachinePath): string {
  const given = text(value, path);
  const reading = readWorkdir(given);
  if ('path' in reading) return reading.path;
  throw new MachineFault(path, `Cannot work in ${shown(given)}: ${reading.fault}`);
}

function launcher(value: unknown, path: MachinePath): string | undefined {
  if (value === '') return undefined;
  const command = line(value, path);
  if (command.includes(COUNT)) return command;
  throw new MachineFault(
    path,
    `Expected ${COUNT} in the launcher, where the number of processes goes, such as mpirun -np ${COUNT}; got ${shown(command)}`,
  );
}

function walltime(value: unknown, path: MachinePath): number {
  if (typeof value === 'number') return wholeNumber(1, LONGEST_WALLTIME)(value, path);
  const given = value instanceof WrittenNumber ? undefined : readWalltime(text(value, path));
  if (given !== undefined) return given;
  throw new MachineFault(path, `Expected a time with its unit, such as 90m, 36h or 1-12:00:00, got ${shown(value)}`);
}

/** What stands in it may be secret, and is never repeated. */
function environment(value: unknown, path: MachinePath): Readonly<Record<string, string>> | undefined {
  const entries = entriesOf(value, path).map(([name, item]): readonly [string, string] => {
    const here = [...path, name];
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name)) {
      throw new MachineFault(here, `Expected the name of a variable, got ${shown(name)}`, 'field');
    }
    if (typeof item === 'boolean') throw new MachineFault(here, 'Expected text: put quotes round true and false');
    return [name, item === '' ? '' : text(item, here)];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function shebang(value: unknown, path: MachinePath): string {
  const first = line(value, path);
  if (/^#! ?\/\S/u.test(first)) return first;
  throw new MachineFault(path, `Expected a line such as #!/bin/bash, got ${shown(first)}`);
}
