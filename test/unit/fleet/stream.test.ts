import { describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/hawser-error.js';
import type { FleetEvent } from '../../../src/fleet/fleet-event.js';
import { MultiConnection } from '../../../src/fleet/multi-connection.js';
import { remoteProcesses } from '../../rigs/rigs.js';
import { Barrier, keys, memoryFleet } from './memory-fleet.js';

async function all(events: AsyncIterable<FleetEvent>): Promise<FleetEvent[]> {
  const list: FleetEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

describe('stream', () => {
  it('says what happens on each host, in plain data, and ends each with one last event', async () => {
    await using mc = memoryFleet(['a', 'b', 'c'], (key) => ({
      ...(key === 'c'
        ? {
            connect: () => {
              throw new Error('no');
            },
          }
        : {}),
      exec: { stdout: `I am ${key}\n`, stderr: key === 'b' ? 'oh' : '', code: key === 'b' ? 3 : 0 },
    }));
    const events = await all(mc.stream('x', { bare: true }));
    const of = (key: string): unknown[] =>
      events
        .filter((event) => event.key === key)
        .map((event) => ('data' in event ? [event.type, event.data] : event.type));
    expect(of('a')).toEqual(['start', ['stdout', 'I am a\n'], 'exit']);
    expect(of('b')).toEqual(['start', ['stdout', 'I am b\n'], ['stderr', 'oh'], 'exit']);
    expect(of('c')).toEqual(['error']);
    const exit = events.find((event) => event.key === 'b' && event.type === 'exit');
    expect(exit).toMatchObject({ v: 1, host: 'b', result: { key: 'b', status: 3, ok: false, outcome: 'exit' } });
    expect(JSON.parse(JSON.stringify(events))).toHaveLength(events.length);
    expect(events.every(({ v, at }) => v === 1 && Number.isInteger(at))).toBe(true);
  });

  it('never cuts a character in two, and gives bytes where they are asked for', async () => {
    await using mc = memoryFleet(['a'], () => ({
      exec: async (_, process) => {
        for (const byte of Buffer.from('né€')) {
          process.stdout.write(Buffer.from([byte]));
          await new Promise((resolve) => setImmediate(resolve));
        }
        process.stdout.write(Buffer.from([0xe2]));
        return {};
      },
    }));
    const text = (await all(mc.stream('x', { bare: true }))).flatMap((event) => ('data' in event ? [event.data] : []));
    expect(text.join('')).toBe('né€\ufffd');
    expect(text.slice(0, -1).join('')).not.toContain('\ufffd');
    const bytes: Buffer[] = [];
    for await (const event of mc.stream('x', { bare: true, encoding: 'buffer' })) {
      if ('data' in event) bytes.push(event.data);
    }
    expect(Buffer.concat(bytes)).toEqual(Buffer.from([...Buffer.from('né€'), 0xe2]));
  });

  it('starts nothing before it is read, and reading what cannot be meant throws', async () => {
    await using mc = memoryFleet(['a'], () => ({}));
    mc.stream('x');
    const unread = mc.stream('x');
    await unread.return();
    expect(await unread.next()).toEqual({ done: true, value: undefined });
    expect(mc.get('a')?.state).toBe('idle');
    await expect(mc.stream('').next()).rejects.toThrow(OptionError);
    await expect(mc.stream('x', { batchSize: 0 }).next()).rejects.toThrow('`batchSize`');
  });

  it('stops the far writers when it is not read on', async () => {
    let written = 0;
    const blocked = new Barrier();
    await using mc = memoryFleet(keys(4), () => ({
      exec: async (_, process) => {
        const chunk = Buffer.alloc(64 * 1024);
        for (let i = 0; i < 200; i += 1) {
          written += chunk.length;
          if (!process.stdout.write(chunk)) {
            const drained = new Promise<void>((resolve) => process.stdout.once('drain', resolve));
            void blocked.pass();
            await drained;
          }
        }
        return {};
      },
    }));
    const stream = mc.stream('x', { bare: true, encoding: 'buffer' });
    let read = 0;
    for await (const event of stream) {
      if (event.type !== 'stdout') continue;
      read += event.data.length;
      // The writers run on for as long as they can: until all that may wait is full.
      let before = -1;
      while (read === event.data.length && before !== written) {
        before = written;
        for (let i = 0; i < 50; i += 1) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(written - read).toBeLessThan(4 * 1024 * 1024);
    }
    expect(read).toBe(4 * 200 * 64 * 1024);
  });

  it('lets no host wait for another one longer than until what had come before has been read', async () => {
    const gate = new Barrier();
    const said = new Barrier();
    const chunk = Buffer.alloc(64 * 1024);
    await using mc = memoryFleet(['noisy', 'noisy too', 'quiet'], (key) => ({
      exec: async (_, process) => {
        if (key === 'quiet') {
          await gate.pass();
          process.stdout.write('at last');
          void said.pass();
        }
        let over = key === 'quiet';
        process.onSignal(() => {
          over = true;
        });
        while (!over) {
          process.stdout.write(chunk);
          await new Promise((resolve) => setImmediate(resolve));
        }
        return {};
      },
    }));
    let sinceThen: number | undefined;
    let read = 0;
    for await (const event of mc.stream('x', { bare: true, encoding: 'buffer' })) {
      if (event.type !== 'stdout') continue;
      if (event.key === 'quiet') break;
      read += event.data.length;
      if (sinceThen !== undefined) sinceThen += event.data.length;
      else if (read > 5 * 1024 * 1024) {
        sinceThen = 0;
        gate.open();
        await said.reached(1);
        for (let i = 0; i < 50; i += 1) await new Promise((resolve) => setImmediate(resolve));
      }
    }
    // What the queue holds, and a chunk of each stream that finds it full.
    expect(sinceThen).toBeLessThanOrEqual(1024 * 1024 + 2 * chunk.length);
  });

  it('that is left ends every command with its children before the loop is left', async () => {
    const mark = `hawser-left-${process.pid}-${Date.now()}`;
    await using mc = new MultiConnection(['local:a', 'local:b']);
    const begun = new Set<string>();
    for await (const event of mc.stream(`sleep 600 & echo up; sleep 600; : ${mark}`)) {
      if (event.type === 'stdout') begun.add(event.key);
      if (begun.size === 2) break;
    }
    expect(begun.size).toBe(2);
    expect(await remoteProcesses(mark)).toEqual([]);
  });

  it('that is aborted still ends each host, and so does closing the fleet in the loop', async () => {
    const endless = {
      exec: async (_: string, process: { onSignal(l: () => void): void; stdout: NodeJS.WritableStream }) => {
        process.stdout.write('up');
        await new Promise<void>((resolve) => process.onSignal(() => resolve()));
        return { signal: 'SIGTERM' };
      },
    };
    const controller = new AbortController();
    await using mc = memoryFleet(keys(3), () => endless, { batchSize: 2 });
    const last: string[] = [];
    for await (const event of mc.stream('x', { bare: true, killGrace: 10, signal: controller.signal })) {
      if (event.type === 'stdout') controller.abort();
      if ('result' in event) last.push(event.result.outcome);
    }
    expect(last.toSorted()).toEqual(['aborted', 'aborted', 'skipped']);

    const other = memoryFleet(keys(3), () => endless, { batchSize: 2 });
    const outcomes: string[] = [];
    for await (const event of other.stream('x', { bare: true, killGrace: 10 })) {
      if (event.type === 'stdout') await other.close();
      if ('result' in event) outcomes.push(event.result.outcome);
    }
    expect(outcomes.toSorted()).toEqual(['aborted', 'aborted', 'skipped']);
  });
});
