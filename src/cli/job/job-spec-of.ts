import { access } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { OptionError } from '../../core/hawser-error.js';
import { expandHome } from '../../core/home.js';
import type { JobInput, JobSpec, Resources } from '../../jobs/job-spec.js';
import { readEnv } from '../run/run-flags.js';
import type { SubmitFlags } from './job-flags.js';

/**
 * The job that flags and words mean. The words are one line for the shell of the machine, as with `hawser run`.
 *
 * @throws OptionError for what cannot be meant.
 */
export async function jobSpecOf(
  words: readonly string[],
  flags: SubmitFlags,
  env: Readonly<Record<string, string | undefined>>,
): Promise<JobSpec> {
  const command = words.join(' ');
  if (command.trim() === '') throw new OptionError('Expected a command: hawser job submit MACHINE … -- COMMAND');
  const { directory = flags.name, name = lastName(directory), output, key, time, after } = flags;
  if (directory === undefined || name === undefined) {
    throw new OptionError('Expected --name NAME, --directory PATH, or both: the job must be called something.');
  }
  const resources = resourcesOf(flags);
  return {
    name,
    directory,
    command,
    ...(flags.input === undefined ? {} : { inputs: await inputsOf(flags.input) }),
    ...(output === undefined ? {} : { outputs: output }),
    ...(key === undefined ? {} : { key }),
    ...(Object.keys(resources).length === 0 ? {} : { resources }),
    ...(flags.env === undefined ? {} : { env: readEnv(flags.env, env) }),
    ...(time === undefined ? {} : { walltime: time }),
    ...(after === undefined ? {} : { after }),
  };
}

function lastName(directory: string | undefined): string | undefined {
  const name = basename(directory ?? '');
  return name === '' ? undefined : name;
}

function resourcesOf(flags: SubmitFlags): Resources {
  const { nodes, tasks, tasksPerNode, cpus, memory, gpus, queue, account, option } = flags;
  return {
    ...(nodes === undefined ? {} : { nodes }),
    ...(tasks === undefined ? {} : { tasks }),
    ...(tasksPerNode === undefined ? {} : { tasksPerNode }),
    ...(cpus === undefined ? {} : { cpusPerTask: cpus }),
    ...(memory === undefined ? {} : { memory }),
    ...(gpus === undefined ? {} : { gpus }),
    ...(queue === undefined ? {} : { queue }),
    ...(account === undefined ? {} : { account }),
    ...(option === undefined ? {} : { extra: option }),
  };
}

async function inputsOf(given: readonly string[]): Promise<Readonly<Record<string, JobInput>>> {
  const inputs = new Map<string, JobInput>();
  for (const text of given) {
    const { path, name } = await inputOf(text);
    if (inputs.has(name)) {
      throw new OptionError(`Expected each --input under a name of its own, got ${JSON.stringify(name)} twice.`);
    }
    inputs.set(name, { local: resolve(expandHome(path)) });
  }
  return Object.fromEntries(inputs);
}

/** `PATH`, which has the same name there, or `PATH=NAME`. A file whose name has a `=` in it is itself where it is there. */
async function inputOf(text: string): Promise<{ readonly path: string; readonly name: string }> {
  const at = text.lastIndexOf('=');
  const whole = named({ path: text, name: basename(text) }, text);
  if (await isThere(text)) return whole;
  const renamed = at < 0 ? whole : named({ path: text.slice(0, at), name: text.slice(at + 1) }, text);
  if (await isThere(renamed.path)) return renamed;
  throw new OptionError(`There is no ${JSON.stringify(renamed.path)} here, which --input names.`);
}

function named<Input extends { readonly path: string; readonly name: string }>(input: Input, text: string): Input {
  if (input.path !== '' && !['', '.', '..'].includes(input.name)) return input;
  throw new OptionError(`Expected --input PATH or PATH=NAME, got ${JSON.stringify(text)}.`);
}

function isThere(path: string): Promise<boolean> {
  return access(resolve(expandHome(path))).then(
    () => true,
    () => false,
  );
}
