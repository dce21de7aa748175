import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/hawser-error.js';
import { jobKey, jobSlug, jobToken, queueName } from '../../../src/jobs/job-key.js';
import type { JobSpec } from '../../../src/jobs/job-spec.js';

const spec: JobSpec = { name: 'si', directory: 'si/relax', command: 'pw.x', env: { A: '1', B: '2' }, walltime: 60_000 };
const inputs = (...checksums: [string, string][]): { checksums: Map<string, string> } => ({
  checksums: new Map(checksums),
});

describe('the key of a job', () => {
  it('is its own where it has one', () => {
    expect(jobKey({ ...spec, key: 'Si, relaxed' }, inputs())).toBe('Si, relaxed');
  });

  it('is made of its name and its contents, whatever the order of their names', () => {
    const key = jobKey(spec, inputs(['a', '1'], ['b', '2']));
    expect(key).toMatch(/^si-[0-9a-f]{12}$/);
    expect(jobKey({ ...spec, env: { B: '2', A: '1' } }, inputs(['b', '2'], ['a', '1']))).toBe(key);
  });

  it.each<[string, Partial<JobSpec>, [string, string][]]>([
    ['name', { name: 'ge' }, []],
    ['directory', { directory: 'ge' }, []],
    ['command', { command: 'ph.x' }, []],
    ['env', { env: { A: '1' } }, []],
    ['resources', { resources: { nodes: 2 } }, []],
    ['walltime', { walltime: 1 }, []],
    ['inputs', {}, [['a', '1']]],
  ])('is another where its %s is', (_, change, checksums) => {
    expect(jobKey({ ...spec, ...change }, inputs(...checksums))).not.toBe(jobKey(spec, inputs()));
  });

  it.each(['', 'a\nb', 'x'.repeat(1001)])('cannot be %j', (key) => {
    expect(() => jobKey({ ...spec, key }, inputs())).toThrow(OptionError);
  });

  it('gives a name for its record that is one of a file, and of no other key', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (a, b) => {
        expect(jobSlug(a)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,39}-[0-9a-f]{10}$/);
        expect(jobSlug(a) === jobSlug(b)).toBe(a === b);
      }),
    );
  });

  it('gives a token for each attempt', () => {
    expect(jobToken('a', 1)).toMatch(/^hawser-[0-9a-f]{10}-1$/);
    expect(new Set([jobToken('a', 1), jobToken('a', 2), jobToken('b', 1)]).size).toBe(3);
  });

  it('gives a name in the queue that is one line', () => {
    expect(queueName('a\n b\0c')).toBe('a  b c');
    expect(queueName('x'.repeat(300))).toHaveLength(100);
    expect(queueName('\n')).toBe('job');
    expect(queueName(`x${'😀'.repeat(100)}`)).toBe(`x${'😀'.repeat(99)}`);
  });
});
