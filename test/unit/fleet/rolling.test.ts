import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AbortError, ConnectError } from '../../../src/core/errors.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import type { FleetExecuteOptions } from '../../../src/fleet/execute-work.js';
import type { FleetOptions } from '../../../src/fleet/fleet-options.js';
import type { MultiConnection } from '../../../src/fleet/multi-connection.js';
import type { FleetBatch } from '../../../src/fleet/rolling-options.js';
import { Barrier, keys, memoryFleet } from './memory-fleet.js';

/** A fleet whose machines fail if they are named, and the order in which they were reached. */
function scripted(count: number, failing: readonly string[] = []): { mc: MultiConnection; ran: string[] } {
  const ran: string[] = [];
  const mc = memoryFleet(keys(count), (key) => ({
    exec: () => {
      ran.push(key);
      return { stdout: key, code: failing.includes(key) ? 1 : 0 };
    },
  }));
  return { mc, ran };
}

/** The batches of a run, as they were begun. */
async function batches(count: number, o: FleetExecuteOptions): Promise<readonly (readonly string[])[]> {
  const seen: FleetBatch[] = [];
  const { mc } = scripted(count);
  await using _ = mc;
  expect((await mc.execute('x', { ...o, onBatch: (batch) => seen.push(batch) })).ok).toBe(true);
  expect(seen.map(({ number }) => number)).toEqual(seen.map((_one, i) => i + 1));
  expect(seen.every(({ of }) => of === seen.length)).toBe(true);
  return seen.map((batch) => batch.keys);
}

const sizes = async (count: number, o: FleetExecuteOptions): Promise<number[]> =>
  (await batches(count, o)).map(({ length }) => length);

describe('serial', () => {
  it('parts the hosts into batches, of which the last size repeats', async () => {
    expect(await batches(5, { serial: 2 })).toEqual([['h1', 'h2'], ['h3', 'h4'], ['h5']]);
    expect(await sizes(20, { serial: [1, 5, '20%'] })).toEqual([1, 5, 4, 4, 4, 2]);
    expect(await sizes(10, { serial: '25%' })).toEqual([2, 2, 2, 2, 2]);
    expect(await sizes(3, { serial: '10%' })).toEqual([1, 1, 1]);
    expect(await sizes(3, { serial: 100 })).toEqual([3]);
    expect(await sizes(3, {})).toEqual([3]);
    expect(await sizes(0, { serial: [1, '100%'] })).toEqual([]);
  });

  it('lets a batch end entirely before the next begins, however slow one host of it is', async () => {
    const hold = new Barrier();
    const ran: string[] = [];
    await using mc = memoryFleet(keys(4), (key) => ({
      exec: async () => {
        ran.push(key);
        if (key === 'h1') await hold.pass();
        return {};
      },
    }));
    const run = mc.execute('x', { serial: 2 });
    for await (const { key } of run) {
      if (key !== 'h2') continue;
      expect(ran.toSorted()).toEqual(['h1', 'h2']);
      hold.open();
    }
    expect(ran.slice(2).toSorted()).toEqual(['h3', 'h4']);
    expect((await run).ok).toBe(true);
  });
});

describe('canary', () => {
  it('goes first and alone, before the batches of serial', async () => {
    expect(await sizes(6, { canary: 1 })).toEqual([1, 5]);
    expect(await sizes(10, { canary: '20%', serial: [1, '50%'] })).toEqual([2, 1, 5, 2]);
    expect(await sizes(2, { canary: 5, serial: 1 })).toEqual([2]);
  });

  it('lets nothing more start if one of it fails', async () => {
    const { mc, ran } = scripted(6, ['h2']);
    await using _ = mc;
    const result = await mc.execute('x', { canary: 2, serial: 2 });
    expect(ran.toSorted()).toEqual(['h1', 'h2']);
    expect(result.get('h6')).toMatchObject({ outcome: 'skipped', status: null, durationMs: 0 });
    expect(result.get('h6')?.error?.message).toBe('Not started: the canary h2 had failed.');
  });

  it('lets failures of later batches pass', async () => {
    const { mc } = scripted(4, ['h2', 'h3']);
    await using _ = mc;
    const result = await mc.execute('x', { canary: 1, serial: 1 });
    expect([...result.values()].map(({ status }) => status)).toEqual([0, 1, 1, 0]);
  });
});

describe('between', () => {
  it('is given the results of each batch but the last, in fleet order, and lets it go on', async () => {
    const { mc } = scripted(5, ['h3']);
    await using _ = mc;
    const asked: string[][] = [];
    const result = await mc.execute('x', {
      serial: 2,
      order: 'random',
      between: (batch, { batch: { number, of, keys: begun } }) => {
        expect(begun.toSorted()).toEqual([...batch.keys()]);
        asked.push([`${number}/${of}`, ...[...batch.values()].map(({ stdout }) => stdout)]);
        return true;
      },
    });
    expect(asked.map(([number]) => number)).toEqual(['1/3', '2/3']);
    for (const [, ...seen] of asked) expect(seen).toEqual(seen.toSorted());
    expect(result.failed.size).toBe(1);
  });

  it.each([
    ['false', () => false, 'Not started: `between` said no after batch 1 of 2.'],
    ['a promise of false', async () => false, 'Not started: `between` said no after batch 1 of 2.'],
    [
      'an error that it throws',
      () => {
        throw new Error('no health');
      },
      'Not started: `between` failed after batch 1 of 2: no health',
    ],
    [
      'an error that it rejects with',
      async () => Promise.reject(new Error('gone')),
      'Not started: `between` failed after batch 1 of 2: gone',
    ],
  ])('stops the call by %s', async (_what, between: () => boolean | Promise<boolean>, message) => {
    const { mc, ran } = scripted(4);
    await using _ = mc;
    const result = await mc.execute('x', { serial: 2, between });
    expect(ran.toSorted()).toEqual(['h1', 'h2']);
    expect([...result.failed.values()].map(({ outcome, error }) => [outcome, error?.message])).toEqual([
      ['skipped', message],
      ['skipped', message],
    ]);
  });

  it('stops the call by an answer that is none', async () => {
    const { mc } = scripted(2);
    await using _ = mc;
    // @ts-expect-error: what callers without types may write
    const result = await mc.execute('x', { serial: 1, between: () => {} });
    expect(result.get('h2')?.error?.message).toContain('Expected it to give a boolean, got undefined.');
  });

  it('is not waited for once the call is aborted', async () => {
    const { mc } = scripted(2);
    await using _ = mc;
    const stop = new AbortController();
    const result = await mc.execute('x', {
      serial: 1,
      signal: stop.signal,
      between: (_batch, { signal }) =>
        new Promise(() => {
          stop.abort(new AbortError('Enough.'));
          expect(signal.aborted).toBe(true);
        }),
    });
    expect([...result.values()].map(({ outcome }) => outcome)).toEqual(['exit', 'skipped']);
    expect(result.get('h2')?.error?.message).toBe('Enough.');
  });

  it('may close the fleet', async () => {
    const { mc } = scripted(2);
    const result = await mc.execute('x', {
      serial: 1,
      between: async () => {
        await mc.close();
        return true;
      },
    });
    expect(result.get('h2')).toMatchObject({ outcome: 'skipped', error: { message: 'The fleet was closed.' } });
  });

  it('is not asked when the call leaves off already', async () => {
    const { mc } = scripted(3, ['h1']);
    await using _ = mc;
    const between = (): boolean => {
      throw new Error('asked');
    };
    const result = await mc.execute('x', { serial: 1, failFast: true, between });
    expect(result.get('h3')?.error?.message).toBe('Not started: 1 host had failed before its turn, and 0 may fail.');
  });
});

describe('pauseBetween', () => {
  it('is ended by the signal', async () => {
    const { mc } = scripted(2);
    await using _ = mc;
    const stop = new AbortController();
    const run = mc.execute('x', { serial: 1, pauseBetween: 2 ** 31 - 1, signal: stop.signal });
    for await (const { key } of run) if (key === 'h1') stop.abort();
    expect((await run).get('h2')?.outcome).toBe('skipped');
  });

  it('ends when the fleet is closed', async () => {
    const { mc } = scripted(2);
    const run = mc.each(async () => 'done', { serial: 1, pauseBetween: 2 ** 31 - 1 });
    for await (const { key } of run) if (key === 'h1') void mc.close();
    expect((await run).get('h2')).toMatchObject({ ok: false, outcome: 'skipped', durationMs: 0 });
    await mc.close();
  });

  it('comes before the question whether to go on', async () => {
    const { mc } = scripted(2);
    await using _ = mc;
    const stop = new AbortController();
    let asked = false;
    const between = (): boolean => {
      asked = true;
      return true;
    };
    const run = mc.execute('x', { serial: 1, pauseBetween: 2 ** 31 - 1, between, signal: stop.signal });
    for await (const { key } of run) if (key === 'h1') stop.abort();
    await run;
    expect(asked).toBe(false);
  });
});

describe('order', () => {
  it('random begins the hosts in another order, and answers in that of the fleet', async () => {
    const { mc, ran } = scripted(200);
    await using _ = mc;
    const result = await mc.execute('x', { order: 'random', batchSize: 1 });
    expect([...result.keys()]).toEqual(keys(200));
    expect(ran).not.toEqual(keys(200));
    expect(ran.toSorted()).toEqual(keys(200).toSorted());
  });
});

describe('onBatch', () => {
  it('stops the call by what it throws', async () => {
    const { mc, ran } = scripted(2);
    await using _ = mc;
    const onBatch = ({ number }: FleetBatch): void => {
      if (number === 2) throw new Error('no');
    };
    const result = await mc.execute('x', { serial: 1, onBatch });
    expect(ran).toEqual(['h1']);
    expect(result.get('h2')?.error?.message).toBe('Not started: `onBatch` failed at the start of batch 2 of 2: no');
  });
});

describe('the rolling options', () => {
  it.each<[string, FleetOptions]>([
    ['connect', { serial: 1, failFast: true }],
    ['each', { serial: 1, failFast: true }],
    ['stream', { serial: 1, failFast: true }],
    ['fs', { serial: 1, failFast: true }],
    ['sftpWriteData', { canary: 1 }],
    ['sftpRead', { serial: 1, maxFailures: 0 }],
    ['upload', { serial: 1, maxFailures: '0%' }],
    ['executeMap', { canary: 1, serial: 1 }],
  ])('hold for %s', async (call, o) => {
    await using mc = memoryFleet(keys(3), () => ({
      connect: () => {
        throw new Error('unreachable');
      },
    }));
    const result = await callOf(mc, call, o);
    expect(result.map(({ skipped }) => skipped)).toEqual([false, true, true]);
    expect(result[2]?.message).toMatch(/^Not started: /);
  });

  it.each<[string, object]>([
    ['serial', { serial: 0 }],
    ['serial', { serial: -1 }],
    ['serial', { serial: 1.5 }],
    ['serial', { serial: [] }],
    ['serial', { serial: [1, '0%'] }],
    ['serial', { serial: '101%' }],
    ['serial', { serial: '5' }],
    ['serial', { serial: [1, null] }],
    ['serial', { serial: {} }],
    ['canary', { canary: 0 }],
    ['canary', { canary: true }],
    ['canary', { canary: '0%' }],
    ['pauseBetween', { serial: 1, pauseBetween: -1 }],
    ['pauseBetween', { serial: 1, pauseBetween: Number.POSITIVE_INFINITY }],
    ['pauseBetween', { serial: 1, pauseBetween: Number.NaN }],
    ['pauseBetween', { pauseBetween: 10 }],
    ['between', { serial: 1, between: true }],
    ['between', { between: () => true }],
    ['onBatch', { onBatch: 'x' }],
    ['order', { order: 'backwards' }],
    ['retries', { retries: -1 }],
    ['retries', { retries: 1.5 }],
    ['retries', { retries: Number.POSITIVE_INFINITY }],
  ])('are refused by name where %s cannot be meant: %o', async (name, o) => {
    const { mc, ran } = scripted(3);
    await using _ = mc;
    await expect(mc.execute('x', o)).rejects.toThrow(OptionError);
    await expect(mc.execute('x', o)).rejects.toThrow(`\`${name}\``);
    expect(() => mc.with(o)).toThrow(`\`${name}\``);
    expect(ran).toEqual([]);
  });

  it('hold whatever fails: batches in a row, never too many at once, each host once, the skipped ones not touched', async () => {
    const size = fc.oneof(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 100 }).map((n): `${number}%` => `${n}%`),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ turns: fc.nat(12), ok: fc.boolean() }), { maxLength: 40 }),
        fc.record(
          {
            serial: fc.oneof(size, fc.array(size, { minLength: 1, maxLength: 4 })),
            canary: size,
            batchSize: fc.integer({ min: 1, max: 8 }),
            maxFailures: fc.oneof(
              fc.nat(5),
              fc.integer({ min: 0, max: 100 }).map((n): `${number}%` => `${n}%`),
            ),
            failFast: fc.boolean(),
            order: fc.constantFrom('fleet' as const, 'random' as const),
          },
          { requiredKeys: [] },
        ),
        async (hosts, o) => {
          const names = keys(hosts.length);
          const seen: FleetBatch[] = [];
          const done = new Set<string>();
          const begun = new Set<string>();
          const failures = new Set<string>();
          let running = 0;
          await using mc = memoryFleet(names, (key) => ({
            exec: async () => {
              const { turns = 0, ok = true } = hosts[names.indexOf(key)] ?? {};
              running += 1;
              expect(running).toBeLessThanOrEqual(o.batchSize ?? 100);
              expect(begun.has(key)).toBe(false);
              begun.add(key);
              const current = seen.at(-1);
              expect(current?.keys).toContain(key);
              for (const before of seen.slice(0, -1).flatMap((batch) => batch.keys))
                expect(done.has(before)).toBe(true);
              for (let i = 0; i < turns; i += 1) await Promise.resolve();
              running -= 1;
              done.add(key);
              if (!ok) failures.add(key);
              return { stdout: key, code: ok ? 0 : 1 };
            },
          }));
          const result = await mc.execute('x', { ...o, onBatch: (batch) => seen.push(batch) });
          expect([...result.keys()]).toEqual(names);
          for (const [key, { outcome, stdout, error }] of result) {
            expect(outcome).toBe(begun.has(key) ? 'exit' : 'skipped');
            if (outcome === 'exit') expect(stdout).toBe(key);
            else expect(error?.message).toMatch(/^Not started: /);
          }
          const parted = seen.flatMap((batch) => batch.keys);
          expect(new Set(parted).size).toBe(parted.length);
          if (result.ok || (o.maxFailures === undefined && !o.failFast && o.canary === undefined)) {
            expect(begun.size).toBe(names.length);
          }
          if (o.failFast && o.batchSize === 1) expect(failures.size).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a gate that answers anything', () => {
  it('is asked once between two batches, and nothing begins before it has said yes, whatever ends the call', async () => {
    const answer = fc.constantFrom<'yes' | 'no' | 'throws' | 'rejects' | 'never'>(
      'yes',
      'yes',
      'yes',
      'no',
      'throws',
      'rejects',
      'never',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom<'ok' | 'fails' | 'unreachable'>('ok', 'ok', 'fails', 'unreachable'), {
          minLength: 1,
          maxLength: 25,
        }),
        fc.array(answer, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.option(fc.nat(25), { nil: undefined }),
        fc.boolean(),
        async (hosts, answers, serial, abortAfter, closes) => {
          const names = keys(hosts.length);
          const stop = new AbortController();
          const asked: number[] = [];
          const touched = new Set<string>();
          let allowed = 1;
          let current = 0;
          const mc = memoryFleet(names, (key) => ({
            connect: () => {
              touched.add(key);
              if (hosts[names.indexOf(key)] === 'unreachable') throw new ConnectError('tcp', 'no', { host: key });
            },
            exec: () => ({ code: hosts[names.indexOf(key)] === 'ok' ? 0 : 1 }),
          }));
          const run = mc.execute('x', {
            serial,
            signal: stop.signal,
            onBatch: ({ number }) => {
              expect(number).toBe(current + 1);
              expect(number).toBeLessThanOrEqual(allowed);
              current = number;
            },
            between: async (batch, { batch: { number, of, keys: begun } }) => {
              asked.push(number);
              expect(number).toBeLessThan(of);
              expect([...batch.keys()]).toEqual(begun);
              const said = answers[(number - 1) % answers.length];
              for (let i = 0; i < number; i += 1) await Promise.resolve();
              if (said === 'throws' || said === 'rejects') throw new Error(said);
              if (said === 'never') {
                setImmediate(() => (closes ? void mc.close() : stop.abort()));
                return new Promise<boolean>(() => {});
              }
              if (said === 'yes') allowed = number + 1;
              return said === 'yes';
            },
          });
          let seen = 0;
          for await (const _one of run) {
            seen += 1;
            if (seen === abortAfter) stop.abort();
          }
          const result = await run;
          expect(seen).toBe(names.length);
          expect([...result.keys()]).toEqual(names);
          expect(asked).toEqual(asked.map((_one, i) => i + 1));
          for (const [key, { outcome, error }] of result) {
            if (outcome === 'skipped') expect(error).toBeDefined();
            // A host whose turn has come may be aborted before its connection is asked for anything.
            if (!touched.has(key))
              expect(stop.signal.aborted ? ['skipped', 'aborted'] : ['skipped']).toContain(outcome);
          }
          const messages = [...result.values()].map(({ error }) => error?.message ?? '');
          expect(messages.filter((message) => message.includes('expected'))).toEqual([]);
          await mc.close();
        },
      ),
      { numRuns: 150, examples: [[['ok', 'ok', 'ok', 'ok', 'ok', 'ok'], ['yes'], 5, 5, false]] },
    );
  });
});

/** What each host came to, whichever call it was. */
async function callOf(
  mc: MultiConnection,
  call: string,
  o: FleetOptions,
): Promise<{ skipped: boolean; message: string | undefined }[]> {
  if (call === 'stream') {
    const seen = [];
    for await (const event of mc.stream('x', o)) {
      if (event.type !== 'error') continue;
      seen.push({ skipped: event.result.outcome === 'skipped', message: event.result.error?.message });
    }
    return seen;
  }
  const calls = {
    connect: () => mc.connect(o),
    each: () => mc.each(async () => 1, o),
    fs: () => mc.with(o).fs.stat('x'),
    sftpWriteData: () => mc.sftpWriteData('x', 'file', o),
    sftpRead: () => mc.sftpRead('x', undefined, o),
    upload: () => mc.upload(import.meta.filename, '/tmp/', o),
    executeMap: () => mc.executeMap(new Map([...mc.keys()].map((key) => [key, 'x'])), o),
  };
  const chosen = Object.entries(calls).find(([name]) => name === call)?.[1];
  const result = await chosen?.();
  return [...(result?.values() ?? [])].map(({ outcome, error }) => ({
    skipped: outcome === 'skipped',
    message: error?.message,
  }));
}
