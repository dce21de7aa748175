import { isPlainObject, WrittenNumber } from './field-readers.js';
import { readSlurmTime } from './walltime.js';

/** A machine of xespresso's by the names of ours, unchecked, and what is different now. */
export interface TakenOver {
  readonly fields: Readonly<Record<string, unknown>>;
  /** For people, a sentence each without a full stop. */
  readonly notes: readonly string[];
}

/** What xespresso's machine takes, and has where its file says nothing. */
const DEFAULTS = {
  execution: 'local',
  scheduler: 'direct',
  workdir: './',
  use_modules: false,
  launcher: 'mpirun -np {nprocs}',
  nprocs: new WrittenNumber(1, '1'),
} as const;
const FIELDS = ['name', 'host', 'username', 'auth', 'port', 'modules', 'resources', 'prepend', 'postpend', 'env_setup'];
const REMOTE = ['host', 'username', 'auth', 'port'];

/** Options of sbatch(1) that are resources of ours. The others are passed on as options. */
const RESOURCES: ReadonlyMap<string, string> = new Map([
  ['nodes', 'nodes'],
  ['ntasks', 'tasks'],
  ['ntasks-per-node', 'tasksPerNode'],
  ['cpus-per-task', 'cpusPerTask'],
  ['mem', 'memory'],
  ['gpus', 'gpus'],
  ['partition', 'queue'],
  ['queue', 'queue'],
  ['account', 'account'],
  ['qos', 'qos'],
]);
const COUNTS: ReadonlySet<string> = new Set(['nodes', 'tasks', 'tasksPerNode', 'cpusPerTask', 'gpus']);

/**
 * Puts a machine of xespresso's into fields of ours, with the defaults that it has there. Whether they can be meant is not
 * looked at.
 */
export function takeOver(machine: Readonly<Record<string, unknown>>): TakenOver {
  const notes: string[] = [];
  const given = Object.entries(machine).filter(([, value]) => value !== null && value !== undefined);
  const all: Record<string, unknown> = { ...DEFAULTS, ...Object.fromEntries(given) };
  for (const name of Object.keys(all)) {
    if (FIELDS.includes(name) || Object.hasOwn(DEFAULTS, name)) continue;
    delete all[name];
    notes.push(`\`${name}\` is no field of a machine, and left out`);
  }
  if (all['execution'] === 'local') {
    const stray = REMOTE.filter((name) => all[name] !== undefined);
    for (const name of stray) delete all[name];
    if (stray.length > 0) notes.push(`it is local, and ${stray.map((name) => `\`${name}\``).join(', ')} left out`);
  }
  for (const name of ['launcher', 'workdir', 'host', 'username', 'env_setup']) all[name] = unquoted(all[name]);
  for (const name of ['prepend', 'postpend', 'modules']) {
    const value = all[name];
    if (Array.isArray(value)) all[name] = value.map(unquoted);
  }
  const { resources, auth, port, ...same } = all;
  const { launcher, workdir } = same;
  if (typeof workdir === 'string' && !/^[/~]/u.test(workdir)) {
    notes.push(`the workdir ${JSON.stringify(workdir)} begins at the home directory now`);
  }
  if (typeof launcher === 'string' && /^srun(?!\S)/u.test(launcher) && !launcher.includes('{nprocs}')) {
    same['launcher'] = launcher.replace(/^srun/u, 'srun -n {nprocs}');
    notes.push(`the launcher is ${JSON.stringify(same['launcher'])} now: it says how many processes`);
  }
  return { fields: { ...same, ...takeAuth(auth, port), ...takeResources(resources, same['scheduler'], notes) }, notes };
}

/** The port stands in two places there, and the one in `auth` counts. */
function takeAuth(auth: unknown, port: unknown): Record<string, unknown> {
  if (!isPlainObject(auth)) return { auth, port };
  const { port: inner, ...others } = auth;
  return { auth: others, port: inner ?? port };
}

function takeResources(value: unknown, scheduler: unknown, notes: string[]): Record<string, unknown> {
  if (!isPlainObject(value)) return { resources: value };
  const resources: Record<string, unknown> = {};
  const extra: string[] = [];
  let walltime: unknown;
  for (const [written, given] of Object.entries(value)) {
    const option = written.replace(/^-+/u, '').replaceAll('_', '-');
    const name = RESOURCES.get(option);
    if (given === null || given === false || given === '') continue;
    if (option === 'time') walltime = takeTime(given);
    else if (name !== undefined && scheduler !== 'direct') resources[name] = COUNTS.has(name) ? asNumber(given) : given;
    else if (scheduler === 'slurm') extra.push(given === true ? `--${option}` : `--${option}=${textOf(given)}`);
    else notes.push(`the resource \`${written}\` is not known of ${String(scheduler)}, and left out`);
  }
  if (extra.length > 0) resources['extra'] = extra;
  if (walltime !== undefined && scheduler === 'direct') notes.push('its jobs are ended when their `time` is up now');
  return { resources, ...(walltime === undefined ? {} : { walltime }) };
}

/** What cannot be read is left for the check to refuse. */
function takeTime(value: unknown): unknown {
  return readSlurmTime(textOf(value)) ?? value;
}

function asNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d+$/u.test(value) ? new WrittenNumber(Number(value), value) : value;
}

function textOf(value: unknown): string {
  return value instanceof WrittenNumber ? value.text : String(value);
}

/** Its loader takes off quotes that stand round a whole text: an editor once put them there. */
function unquoted(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const [, , inside] = /^\s*(["'])((?:(?!\1).)*)\1\s*$/su.exec(value) ?? [];
  return inside ?? value;
}
