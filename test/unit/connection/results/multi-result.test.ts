import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MultiResult, PartialFailureError } from '../../../../src/connection/results/multi-result.js';
import type { CommandResult } from '../../../../src/core/command-result.js';
import { AuthError } from '../../../../src/core/errors.js';

function exited(key: string, stdout: string, status = 0): CommandResult {
  return {
    key,
    host: key,
    command: 'x',
    stdout,
    stderr: `${status}`,
    status,
    signal: null,
    ok: status === 0,
    outcome: 'exit',
    durationMs: 1,
    truncated: { stdout: false, stderr: false },
  };
}

const refused: CommandResult = {
  ...exited('db1', ''),
  status: null,
  ok: false,
  outcome: 'auth',
  error: new AuthError('Could not log in\nto db1: no key was accepted.', []),
};

describe('MultiResult', () => {
  const result = new MultiResult([exited('web2', 'b', 1), exited('web1', 'a'), refused]);

  it('is a read-only map in the order of the fleet', () => {
    expect(result.size).toBe(3);
    expect([...result.keys()]).toEqual(['web2', 'web1', 'db1']);
    expect([...result].map(([key, { stdout }]) => [key, stdout])).toEqual([
      ['web2', 'b'],
      ['web1', 'a'],
      ['db1', ''],
    ]);
    expect([...result.entries()]).toEqual([...result]);
    expect([...result.values()].map(({ key }) => key)).toEqual([...result.keys()]);
    expect(result.get('web1')?.stdout).toBe('a');
    expect(result.get('web3')).toBeUndefined();
    expect(result.has('web1') && !result.has('web3')).toBe(true);
    const seen: string[] = [];
    result.forEach((_, key) => void seen.push(key));
    expect(seen).toEqual(['web2', 'web1', 'db1']);
  });

  it('parts into those that succeeded and those that failed, each a MultiResult and perhaps empty', () => {
    expect([...result.succeeded.keys()]).toEqual(['web1']);
    expect([...result.failed.keys()]).toEqual(['web2', 'db1']);
    expect(result.ok).toBe(false);
    expect(result.succeeded.failed).toBeInstanceOf(MultiResult);
    expect(result.succeeded.failed.size).toBe(0);
    expect(new MultiResult([]).ok).toBe(true);
  });

  it('throws what failed, with all results and a message of bounded length', () => {
    expect(() => result.throwIfAnyFailed()).toThrow(new PartialFailureError(result.succeeded, result.failed).message);
    const error = new PartialFailureError(result.succeeded, result.failed);
    expect(error.message).toBe(
      '2 of 3 hosts failed: web2 (exit 1), db1 (auth: Could not log in to db1: no key was accepted.)',
    );
    expect(error.code).toBe('ERR_HAWSER_PARTIAL_FAILURE');
    expect([error.total, error.succeeded.size, error.failed.size]).toEqual([3, 1, 2]);
    const many = new MultiResult(Array.from({ length: 9999 }, (_, i) => exited(`h${i}`, '', 3)));
    const { message } = new PartialFailureError(many.succeeded, many.failed);
    expect(message).toBe(
      '9999 of 9999 hosts failed: h0 (exit 3), h1 (exit 3), h2 (exit 3), h3 (exit 3), h4 (exit 3) and 9994 more',
    );
    expect(result.succeeded.throwIfAnyFailed()).toBe(result.succeeded);
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ total: 3, failed: ['web2', 'db1'] });
  });

  it('is versioned plain data in JSON, with bytes as base64', () => {
    const bytes = { ...exited('a', ''), stdout: Buffer.from([0xff, 0]), stderr: Buffer.alloc(0) };
    const foreign = { key: 'b', host: 'b', ok: false, error: new TypeError('x is not a function'), durationMs: 2 };
    const record = JSON.parse(JSON.stringify(new MultiResult<typeof bytes | typeof foreign>([bytes, foreign])));
    expect(record.version).toBe(1);
    expect(record.results[0]).toMatchObject({ key: 'a', stdout: '/wA=', stderr: '', encoding: 'base64', status: 0 });
    expect(record.results[1].error).toEqual({ name: 'TypeError', message: 'x is not a function' });
    const [, , auth] = JSON.parse(JSON.stringify(result)).results;
    expect(auth.error).toMatchObject({ code: 'ERR_HAWSER_AUTH', phase: 'auth' });
  });
});

describe('fold', () => {
  it('groups by output and status, the largest group first and of equal ones the first', () => {
    const result = new MultiResult([
      exited('n3', 'b'),
      exited('n1', 'a'),
      exited('n9', 'a', 1),
      exited('n10', 'a'),
      exited('n2', 'a'),
    ]);
    const groups = result.fold();
    expect(groups.map(({ hosts, keys, output, status }) => [String(hosts), keys, output, status])).toEqual([
      ['n[1-2,10]', ['n1', 'n10', 'n2'], 'a', 0],
      ['n3', ['n3'], 'b', 0],
      ['n9', ['n9'], 'a', 1],
    ]);
  });

  it('can take stderr, and normalise what is compared and shown', () => {
    const result = new MultiResult([exited('n1', 'I am n1'), exited('n2', 'I am n2'), exited('n3', 'x', 2)]);
    expect(result.fold({ normalize: (text, key) => text.replace(key, '%h') }).map(({ output }) => output)).toEqual([
      'I am %h',
      'x',
    ]);
    expect(result.fold({ stream: 'stderr' }).map(({ output }) => output)).toEqual(['0', '2']);
  });

  it('does not take bytes for the same that only look the same', () => {
    const of = (key: string, byte: number): CommandResult<Buffer> => ({
      ...exited(key, ''),
      stdout: Buffer.from([byte]),
      stderr: Buffer.alloc(0),
    });
    expect(new MultiResult([of('a', 0xff), of('b', 0xfe), of('c', 0xff)]).fold().map(({ keys }) => keys)).toEqual([
      ['a', 'c'],
      ['b'],
    ]);
  });

  it('has every host in exactly one group of hosts that agree', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', ''), fc.integer({ min: 0, max: 2 }))), (all) => {
        const result = new MultiResult(all.map(([output, status], i) => exited(`h${i}`, output, status)));
        const groups = result.fold();
        expect(groups.flatMap(({ keys }) => keys).toSorted()).toEqual([...result.keys()].toSorted());
        for (const { keys, hosts, output, status } of groups) {
          expect(hosts.size).toBe(keys.length);
          for (const key of keys) expect(result.get(key)).toMatchObject({ stdout: output, status });
        }
        const sizes = groups.map(({ keys }) => keys.length);
        expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
        expect(new Set(groups.map(({ output, status }) => `${status} ${output}`)).size).toBe(groups.length);
      }),
    );
  });
});
