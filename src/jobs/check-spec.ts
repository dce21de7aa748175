import { checkTimeout } from '../core/deadline.js';
import { OptionError } from '../core/hawser-error.js';
import { didYouMean } from '../core/nearest-name.js';
import { RESOURCE_NAMES } from '../inventory/machines/read-resources.js';
import { checkDirectory } from './job-place.js';
import type { JobSpec } from './job-spec.js';

/** All fields there are: the compiler sees to it that none is left out. */
const SPEC: Readonly<Record<keyof JobSpec, true>> = {
  name: true,
  directory: true,
  command: true,
  inputs: true,
  outputs: true,
  key: true,
  resources: true,
  env: true,
  walltime: true,
  after: true,
};

/**
 * Checks a job as somebody wrote it down. A field that there is not is a slip: a job without what it was to have would run.
 *
 * @returns its directory, without what says nothing (`./`, `//`).
 * @throws OptionError that names the field.
 */
export function checkSpec(spec: JobSpec): string {
  checkFields('a job', spec, Object.keys(SPEC));
  for (const field of ['name', 'command'] as const) {
    const value: unknown = spec[field];
    if (typeof value === 'string' && value.trim() !== '' && !value.includes('\0')) continue;
    throw new OptionError(
      `Expected the \`${field}\` of a job to be a text that is not empty, without NUL, got ${shown(value)}.`,
    );
  }
  if (spec.resources !== undefined) checkFields('the `resources` of a job', spec.resources, RESOURCE_NAMES);
  if (spec.walltime !== undefined) checkTimeout('walltime', spec.walltime);
  checkOutputs(spec.outputs);
  checkTexts('after', spec.after, 'ids of jobs');
  for (const [name, value] of Object.entries<unknown>(spec.env ?? {})) {
    if (typeof value === 'string' && !value.includes('\0')) continue;
    throw new OptionError(`Expected \`env.${name}\` of a job to be a text without NUL, got ${shown(value)}.`);
  }
  return checkDirectory(spec.directory);
}

/**
 * Checks the globs of what is to be fetched. They are matched against the paths below the job's directory: one that leads out of
 * it would match nothing, when the job has run.
 *
 * @throws OptionError that names the glob.
 */
export function checkOutputs(outputs: unknown): void {
  if (!checkTexts('outputs', outputs, 'globs')) return;
  for (const glob of outputs) {
    const wrong = whatIsWrong(glob);
    if (wrong === undefined) continue;
    throw new OptionError(
      `Expected \`outputs\` of a job to be globs over the paths below its directory, got ${shown(glob)}, which ${wrong}.`,
    );
  }
}

function whatIsWrong(glob: string): string | undefined {
  if (glob.startsWith('/')) return 'is absolute';
  if (glob === '~' || glob.startsWith('~/')) return 'begins at the home directory';
  if (glob.includes('\0')) return 'has a NUL in it';
  // As a name by itself, also as one of several: `{..,a}/b`, `@(..|a)/b`.
  return /(?:^|[/{,(|])\.\.(?:$|[/},)|])/.test(glob) ? 'leads out of it by ".."' : undefined;
}

function checkFields(what: string, value: unknown, names: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new OptionError(`Expected ${what} to be an object, got ${shown(value)}.`);
  }
  const strange = Object.keys(value).find((name) => !names.includes(name));
  if (strange === undefined) return;
  const meant = didYouMean(strange, names);
  throw new OptionError(
    `Expected ${what} to have no field ${shown(strange)}.${meant === '' ? ` Known are ${names.join(', ')}.` : meant}`,
  );
}

/** Whether there is a list of texts, which may be left out. Throws for anything else. */
function checkTexts(field: keyof JobSpec, value: unknown, what: string): value is readonly string[] {
  if (value === undefined) return false;
  if (Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')) return true;
  throw new OptionError(`Expected \`${field}\` of a job to be a list of ${what}, got ${shown(value)}.`);
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 80) ?? String(value);
}
