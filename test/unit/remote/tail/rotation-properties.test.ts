import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTail } from '../../../../src/remote/tail/open-tail.js';
import { drivers, ScratchLog, scratchAccess } from './scratch.js';

/** What happens to a log between two looks at it. */
type Event =
  | { readonly type: 'write'; readonly count: number; readonly half: boolean }
  | { readonly type: 'rotate' | 'rotate-without-create' | 'copytruncate' | 'truncate' | 'read' };

const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ type: fc.constant('write' as const), count: fc.nat(40), half: fc.boolean() }) },
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constantFrom('rotate', 'rotate-without-create', 'copytruncate', 'truncate', 'read', 'read', 'read'),
      }),
    },
  ),
  { maxLength: 30 },
);

/** Plays the events, and reads what is left at the end. Returns what was written and what was read. */
async function play(
  driver: (typeof drivers)[number],
  schedule: readonly Event[],
): Promise<{ written: string; read: string; contents: string }> {
  await using log = await ScratchLog.make('before\n');
  const files = driver.make();
  await using tail = await openTail(
    scratchAccess(async () => files),
    log.path,
  );
  let written = '';
  let read = '';
  let next = 0;
  /** Rotations since the last read: a search goes no further back than nine files. */
  let rotations = 0;
  const write = async (text: string): Promise<void> => {
    await log.write(text);
    written += text;
  };
  const look = async (): Promise<void> => {
    // A file of which nothing was read is not known again among the copies.
    await write(`look ${next++}\n`);
    read += await tail.read();
    rotations = 0;
  };
  for (const event of schedule) {
    if (event.type === 'write') {
      const lines = Array.from({ length: event.count }, () => `line ${next++}\n`).join('');
      await write(event.half ? `${lines}half of ` : lines);
    } else if (event.type === 'read') await look();
    else if (event.type === 'truncate') {
      // What was not read before is lost, and what nobody saw being truncated is not known to have been.
      await look();
      await log.truncate();
      await look();
    } else if (driver.inodes || !log.isEmpty) {
      // Empty files of one second are not told apart without inodes.
      rotations += 1;
      if (rotations > 6) await look();
      if (event.type === 'copytruncate') await log.copyTruncate();
      else await log.rotate(event.type === 'rotate');
    }
  }
  await write('end\n');
  read += await tail.read();
  return { written, read, contents: tail.contents };
}

describe.each(drivers)('a tail of files $name', (driver) => {
  it('gives each line once and in order, whatever is written, rotated and truncated between two looks', async () => {
    await fc.assert(
      fc.asyncProperty(events, async (schedule) => {
        const { written, read, contents } = await play(driver, schedule);
        expect(read).toBe(written);
        expect(contents).toBe(written);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});
