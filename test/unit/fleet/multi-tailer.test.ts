import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalConnection } from '../../../src/connection/local-connection.js';
import { AbortError, ClosedError } from '../../../src/core/errors.js';
import { OptionError } from '../../../src/core/hawser-error.js';
import type { MultiOptions } from '../../../src/fleet/fleet-options.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import type { MultiTailer } from '../../../src/fleet/tail/multi-tailer.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-tails-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

const file = (key: string): string => join(directory, key);

/** This machine, as often as there are keys. */
function fleet(keys: readonly string[], o: MultiOptions = {}): MultiConnection {
  return MultiConnection.fromConnections(
    keys.map((key) => new LocalConnection({ target: { host: 'local', protocol: 'local', key } })),
    { ...o, own: true },
  );
}

function paths(keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key) => [key, file(key)]));
}

async function take(tail: MultiTailer, count: number): Promise<string[]> {
  const lines: string[] = [];
  if (count > 0) {
    for await (const { key, line } of tail) if (lines.push(`${key} ${line}`) === count) break;
  }
  return lines;
}

describe('tails on a fleet', () => {
  it('give what came on each host, in the order of the fleet, and a missing file fails alone', async () => {
    await writeFile(file('a'), 'old\n');
    await writeFile(file('c'), '');
    await using mc = fleet(['a', 'b', 'c']);
    await using tail = await mc.tailMap(paths(['c', 'b', 'a']));
    expect(tail.keys).toEqual(['a', 'b', 'c']);
    expect([...tail.failures].map(([key, error]) => [key, error.code, error.key])).toEqual([['b', 'ENOENT', 'b']]);
    await appendFile(file('a'), 'new\nha');
    const result = await tail.read();
    expect(result.get('a')).toMatchObject({ key: 'a', host: 'local', ok: true, stdout: 'new\nha', value: 'new\nha' });
    expect(result.get('b')).toMatchObject({ ok: false, stdout: '', error: { code: 'ENOENT' } });
    expect(result.get('c')).toMatchObject({ ok: true, stdout: '' });
    await appendFile(file('a'), 'lf\n');
    expect((await tail.read()).get('a')?.stdout).toBe('lf\n');
    await appendFile(file('c'), 'last');
    await tail.close();
    expect([...tail.contents.values()].map(({ stdout, ok }) => [stdout, ok])).toEqual([
      ['new\nhalf\n', true],
      ['', false],
      ['last', true],
    ]);
  });

  it('follow one path on every host', async () => {
    await writeFile(file('x'), '1\n2\n');
    await using mc = fleet(['a', 'b']);
    await using tail = await mc.tail(file('x'), { lines: 1 });
    expect((await take(tail, 2)).sort()).toEqual(['a 2', 'b 2']);
  });

  it('merge lines as they come; who leaves the loop loses none', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `h${i}`);
    for (const key of keys) await writeFile(file(key), '');
    await using mc = fleet(keys, { batchSize: 3 });
    await using tail = await mc.tailMap(paths(keys), { pollInterval: 5 });
    const expected: string[] = [];
    const got: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (const key of keys) {
        await appendFile(file(key), `${round} one\n${round} two\n`);
        expected.push(`${key} ${round} one`, `${key} ${round} two`);
      }
      got.push(...(await take(tail, 31)));
    }
    for (const [key, { stdout }] of await tail.read()) {
      got.push(
        ...stdout
          .split('\n')
          .slice(0, -1)
          .map((line) => `${key} ${line}`),
      );
    }
    expect([...got].sort()).toEqual([...expected].sort());
    for (const key of keys) {
      const own = got.filter((line) => line.startsWith(`${key} `));
      expect(own).toEqual(expected.filter((line) => line.startsWith(`${key} `)));
    }
  });

  it('end their loop when they are closed, and when no host is left', async () => {
    await writeFile(file('a'), '');
    await using mc = fleet(['a', 'b']);
    await using tail = await mc.tailMap(paths(['a', 'b']));
    const loop = take(tail, 1);
    await tail.close();
    expect(await loop).toEqual([]);
    await using none = await mc.tailMap(paths(['b']));
    expect(await take(none, 1)).toEqual([]);
  });

  it('give back their connections when they are closed, and are ended with their fleet', async () => {
    await writeFile(file('a'), '');
    await using mc = fleet(['a']);
    const tail = await mc.tail(file('a'));
    expect(mc.get('a')?.active).toBe(1);
    await tail.close();
    expect(mc.get('a')?.active).toBe(0);
    const other = await mc.tail(file('a'));
    const loop = take(other, 1);
    await mc.close();
    expect(await loop).toEqual([]);
    expect((await other.read()).get('a')?.error).toBeInstanceOf(AbortError);
    await expect(mc.tail(file('a'))).rejects.toThrow(ClosedError);
  });

  it('are ended by their signal', async () => {
    await writeFile(file('a'), '');
    await using mc = fleet(['a']);
    const controller = new AbortController();
    await using tail = await mc.tail(file('a'), { signal: controller.signal });
    const loop = take(tail, 1);
    controller.abort();
    await expect(loop).rejects.toThrow(AbortError);
    await expect(mc.tail(file('a'), { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
  });

  it('leave the lock of a connection to its other services', async () => {
    await writeFile(file('a'), '');
    const target = { host: 'local', protocol: 'local', key: 'a', threadSafe: true } as const;
    await using mc = MultiConnection.fromConnections([new LocalConnection({ target })], { own: true });
    await using tail = await mc.tail(file('a'), { pollInterval: 5 });
    const loop = take(tail, 1);
    expect((await mc.execute(['sh', '-c', 'echo done >>"$1"', '-', file('a')])).ok).toBe(true);
    expect(await loop).toEqual(['a done']);
  });

  it('tell of what happens on a host', async () => {
    await writeFile(file('a'), 'a lot of text\n');
    await using mc = fleet(['a']);
    await using tail = await mc.tail(file('a'));
    const seen: string[] = [];
    tail.on('notice', ({ key, notice }) => seen.push(`${key} ${notice.type}`));
    await tail.read();
    await writeFile(file('a'), 'less\n');
    expect((await tail.read()).get('a')?.stdout).toBe('less\n');
    expect(seen).toEqual(['a truncated']);
  });

  it('refuse what cannot be meant before anything is opened', async () => {
    await using mc = fleet(['a', 'b'], { maxConnections: 1 });
    await expect(mc.tailMap({ a: '/x', z: '/y' })).rejects.toThrow(OptionError);
    await expect(mc.tail('/x', { lines: -1 })).rejects.toThrow(OptionError);
    await expect(mc.tail('/x')).rejects.toThrow(/maxConnections/);
    expect([...mc.values()].map(({ state }) => state)).toEqual(['idle', 'idle']);
    await using empty = await mc.tailMap({});
    expect((await empty.read()).size).toBe(0);
  });
});
