import { execFile } from 'node:child_process';
import { appendFile, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/connection/create-connection.js';
import type { Target } from '../../src/inventory/target.js';
import type { Tailer } from '../../src/remote/tail/tailer.js';
import { startTestFleet } from '../../src/testing/test-fleet.js';
import { describeReal, startSshd } from '../rigs/rigs.js';
import { targetOf } from './ssh/target.js';

const run = promisify(execFile);
const writer = fileURLToPath(new URL('rotating-writer.mjs', import.meta.url));

/** What a tail gave: lines by their numbers, and notices that lines may be missing, in the order of their coming. */
type Heard = number | 'gap';

/** Follows until the line that says how many there were. */
async function listen(tail: Tailer): Promise<{ heard: Heard[]; count: number }> {
  const heard: Heard[] = [];
  tail.on('notice', ({ type }) => {
    if (type === 'gap') heard.push('gap');
  });
  for await (const line of tail) {
    const [word, number] = line.split(' ');
    if (word === 'end') return { heard, count: Number(number) };
    heard.push(word === 'line' ? Number(number) : Number.NaN);
  }
  return { heard, count: Number.NaN };
}

/** Where lines are missing without a notice before the next one, come twice, or come in another order. */
function faults({ heard, count }: { heard: readonly Heard[]; count: number }): string[] {
  const wrong: string[] = [];
  let next = 1;
  let told = false;
  for (const one of [...heard, count + 1]) {
    if (one === 'gap') told = true;
    else {
      if (!(one >= next) || (one > next && !told)) wrong.push(`${one} where ${next} was to come`);
      next = one + 1;
      told = false;
    }
  }
  return wrong;
}

/** Follows a log in a directory of its own in `parent` while it is written and rotated `rotations` times. */
async function follow(
  { target, parent, copyPause }: Machine,
  way: string,
  keep: number,
  rotations: number,
): ReturnType<typeof listen> {
  const directory = await mkdtemp(join(parent, 'hawser-tail-'));
  try {
    await chmod(directory, 0o755);
    const path = join(directory, 'app.log');
    await writeFile(path, '', { mode: 0o644 });
    await using connection = await connect(target);
    await using tail = await connection.tail(path, { pollInterval: 5, maxContents: 0 });
    // Of a file of which nothing was read, no copy is known.
    await appendFile(path, 'line 1\n');
    expect(await tail.read()).toBe('line 1\n');
    const pause = way === 'copy' ? copyPause : 0;
    const written = run(process.execPath, [writer, path, way, String(keep), String(rotations), String(pause)]);
    const { heard, count } = await listen(tail);
    await written;
    return { heard: [1, ...heard], count };
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Where files are followed, and the directory in which they are. */
interface Machine {
  readonly target: Target;
  readonly parent: string;
  /**
   * Milliseconds between two rotations by copy: without inodes a file that is truncated and written anew several times
   * between two requests is not to be told from itself.
   */
  readonly copyPause: number;
}

/** The ways to the files in which a log that is rotated at speed can be followed. */
function suite(machine: () => Machine): void {
  it.each(['rename', 'copy', 'date'])('loses and doubles nothing where all is kept (%s)', async (way) => {
    const { heard, count } = await follow(machine(), way, 400, 100);
    expect(faults({ heard, count })).toEqual([]);
    expect(heard).toHaveLength(count);
  }, 60_000);

  it.each(['rename', 'copy', 'date'])('says where lines are missing that were deleted too soon (%s)', async (way) => {
    const { heard, count } = await follow(machine(), way, 5, 200);
    expect(faults({ heard, count })).toEqual([]);
    expect(heard.length).toBeGreaterThan(0);
  }, 60_000);
}

describe('a tail of a log that is rotated as quickly as can be, on this machine', () => {
  suite(() => ({ target: { host: 'local', protocol: 'local' }, parent: tmpdir(), copyPause: 0 }));
});

describe('a tail of a log that is rotated as quickly as can be, over the embedded server', () => {
  let fleet: Awaited<ReturnType<typeof startTestFleet>>;
  beforeAll(async () => {
    fleet = await startTestFleet();
  });
  afterAll(async () => {
    await fleet?.close();
  });
  suite(() => ({ target: fleet.host('host1').target, parent: fleet.host('host1').directory, copyPause: 20 }));
});

describeReal(['sshd'], 'a tail of a log that is rotated as quickly as can be, over OpenSSH', () => {
  let sshd: Awaited<ReturnType<typeof startSshd>>;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => {
    await sshd?.stop();
  });
  suite(() => ({ target: targetOf(sshd), parent: tmpdir(), copyPause: 20 }));
});
