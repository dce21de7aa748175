import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/hawser-error.js';
import { checkSpec } from '../../../src/jobs/check-spec.js';
import type { JobSpec } from '../../../src/jobs/job-spec.js';

/** A job as it may come out of a file. */
function written(fields: Readonly<Record<string, unknown>>): JobSpec {
  return JSON.parse(JSON.stringify({ name: 'si', directory: 'si', command: 'pw.x', ...fields }));
}

describe('a job as somebody wrote it down', () => {
  it('is taken with all that it may have', () => {
    const resources = {
      nodes: 2,
      tasks: 8,
      tasksPerNode: 4,
      cpusPerTask: 1,
      memory: '4G',
      gpus: 1,
      queue: 'q',
      extra: [],
    };
    const fields = {
      key: 'k',
      inputs: {},
      outputs: ['**', '..a/b..', 'a...b', '{a,b..}/*', '[.][.]x'],
      env: { A: '1' },
      walltime: 1,
      after: ['7'],
      resources,
    };
    expect(checkSpec(written({ ...fields, directory: './si//relax/' }))).toBe('si/relax');
  });

  it.each([
    [{ comand: 'x' }, 'Expected a job to have no field "comand". Did you mean "command"?'],
    [{ cwd: 'x' }, /no field "cwd"\. Known are name, directory, command, /],
    [{ resources: { nodez: 3 } }, 'Expected the `resources` of a job to have no field "nodez". Did you mean "nodes"?'],
    [{ resources: ['nodes=3'] }, 'Expected the `resources` of a job to be an object, got ["nodes=3"].'],
    [{ name: ' ' }, /`name` of a job to be a text that is not empty/],
    [{ command: 3 }, /`command` of a job to be a text that is not empty, without NUL, got 3/],
    [{ walltime: '1h' }, /`walltime`/],
    [{ outputs: 'out' }, 'Expected `outputs` of a job to be a list of globs, got "out".'],
    [{ outputs: ['a', '../b'] }, 'below its directory, got "../b", which leads out of it by "..".'],
    [{ outputs: ['a/../../*.out'] }, 'got "a/../../*.out", which leads out of it'],
    [{ outputs: ['..'] }, 'leads out'],
    [{ outputs: ['{..,a}/b'] }, 'leads out'],
    [{ outputs: ['@(a|..)/b'] }, 'leads out'],
    [{ outputs: ['/scratch/*.out'] }, 'got "/scratch/*.out", which is absolute.'],
    [{ outputs: ['~/x'] }, 'begins at the home directory'],
    [{ outputs: ['a\0'] }, 'has a NUL in it'],
    [{ after: [7] }, 'Expected `after` of a job to be a list of ids of jobs, got [7].'],
    [{ env: { A: 1 } }, 'Expected `env.A` of a job to be a text without NUL, got 1.'],
    [{ directory: '../x' }, /`directory` of a job to be a path below/],
  ])('is refused with %j', (fields, message) => {
    const check = (): unknown => checkSpec(written(fields));
    expect(check).toThrow(OptionError);
    expect(check).toThrow(message);
  });
});
