import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { AbortError, TimeoutError } from '../../src/core/errors.js';
import { sh } from '../../src/core/quote.js';
import { heldMemory } from '../rigs/held-memory.js';
import { remoteProcesses, waitUntil } from '../rigs/rigs.js';
import { everywhere, failure, gone, marker, over, running, sleepWith } from './places.js';

describe('a spawned process', () => {
  over(everywhere, (place) => {
    it('talks both ways while it runs', async () => {
      const connection = await place.shared();
      const process = connection.spawn('while read -r line; do echo "got $line"; done; echo bye >&2');
      const lines: string[] = [];
      process.stdin.write('one\n');
      for await (const line of process) {
        lines.push(line);
        if (lines.length === 1) process.stdin.end('two\nthree');
      }
      const result = await process.wait();
      expect(lines).toEqual(['got one', 'got two']);
      expect(result).toMatchObject({ status: 0, stdout: '', stderr: 'bye\n' });
    });

    it('may be written to and read before the connection stands', async () => {
      const process = place.fresh().spawn('cat');
      process.stdin.end('early');
      expect((await process.wait()).stdout).toBe('early');
    });

    it('gives lines without their ends, split anywhere, and the last one without an end too', async () => {
      const connection = await place.shared();
      const lines: string[] = [];
      const command = "printf 'a\\r\\n\\n\\303'; sleep 0.1; printf '\\274\\nlast'";
      for await (const line of connection.spawn(command)) lines.push(line);
      expect(lines).toEqual(['a', '', 'ü', 'last']);
    });

    it('gives a million lines, one at a time', async () => {
      const connection = await place.shared();
      let count = 0;
      let last = '';
      for await (const line of connection.spawn('seq 300000')) {
        count += 1;
        last = line;
      }
      expect([count, last]).toEqual([300_000, '300000']);
    });

    it('knows its process id, and collects what nobody reads', async () => {
      const connection = await place.shared();
      const process = connection.spawn('echo $$; echo err >&2; exit 7');
      const { stdout, stderr, status } = await process.wait();
      expect(stdout).toBe(`${process.pid}\n`);
      expect([stderr, status]).toEqual(['err\n', 7]);
      expect((await process.wait()).stdout).toBe(stdout);
    });

    it('bounds what it collects by maxBuffer', async () => {
      const connection = await place.shared();
      const result = await connection.spawn('yes | head -c 3000000; echo e >&2', { maxBuffer: 10 }).wait();
      expect(result.stdout).toBe('y\n'.repeat(5));
      expect(result.truncated).toEqual({ stdout: true, stderr: false });
    });

    it('is ended, with its children, by leaving its lines early', async () => {
      const connection = await place.shared();
      const mark = marker();
      for await (const line of connection.spawn(`echo first; ${sleepWith(mark)}; echo never`)) {
        expect(line).toBe('first');
        await running(mark);
        break;
      }
      expect(await remoteProcesses(mark)).toEqual([]);
    });

    it('is ended by `await using`, by an abort and by its time limit', async () => {
      const connection = await place.shared();
      const mark = marker();
      {
        await using process = connection.spawn(sleepWith(mark));
        expect(process.pid).toBeUndefined();
        await running(mark);
      }
      expect(await remoteProcesses(mark)).toEqual([]);
      const controller = new AbortController();
      const begun = connection.spawn(`echo some; ${sleepWith(mark)}`, { signal: controller.signal });
      const aborted = failure(begun.wait());
      await Promise.all([once(begun.stdout, 'data'), running(mark)]);
      controller.abort();
      const error = await aborted;
      expect(error).toBeInstanceOf(AbortError);
      expect(error).toMatchObject({ result: { stdout: 'some\n', outcome: 'aborted', killed: 'confirmed' } });
      const late = await failure(connection.spawn(sleepWith(mark), { timeout: 300 }).wait());
      expect(late).toBeInstanceOf(TimeoutError);
      await gone(mark);
    });

    it('can be sent signals', async () => {
      const connection = await place.shared();
      // Shells have moments at which a signal that comes on the heels of another is lost; Perl has none.
      const program =
        '$| = 1; $SIG{USR1} = sub { print "usr1\\n" }; $SIG{INT} = sub { print "int\\n"; exit 9 }; ' +
        'print "up\\n"; sleep 1 while 1';
      const process = connection.spawn(sh`exec perl -e ${program}`);
      const lines: string[] = [];
      for await (const line of process) {
        lines.push(line);
        if (line === 'up') await process.kill('SIGUSR1');
        if (line === 'usr1') await process.kill('INT');
      }
      expect(lines).toEqual(['up', 'usr1', 'int']);
      expect((await process.wait()).status).toBe(9);
      await process.kill();
    });

    it('is held back where its output is not read', async () => {
      const connection = await place.shared();
      const mark = marker();
      const process = connection.spawn(`yes ${mark}`);
      await once(process.stdout, 'readable');
      const far = await onlyYes(mark);
      await waitUntil('the far writer to stand still', () => standsStill(far));
      const before = heldMemory();
      for (let i = 0; i < 20; i += 1) {
        process.stdout.read(1000);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await waitUntil('the far writer to stand still again', () => standsStill(far));
      expect(heldMemory() - before).toBeLessThan(30_000_000);
      await process[Symbol.asyncDispose]();
      expect(await remoteProcesses(mark)).toEqual([]);
    });

    it('holds back its writer where it does not read', async () => {
      const connection = await place.shared();
      const mark = marker();
      const process = connection.spawn(sleepWith(mark));
      await running(mark);
      const block = Buffer.alloc(1024 * 1024);
      let written = 0;
      while (process.stdin.write(block)) written += 1;
      for (let i = 0; i < 40 && !process.stdin.writableNeedDrain; i += 1) process.stdin.write(block);
      expect(process.stdin.writableNeedDrain).toBe(true);
      expect(written).toBeLessThan(40);
      await process[Symbol.asyncDispose]();
    });

    it('may end without reading what it is given', async () => {
      const connection = await place.shared();
      const process = connection.spawn('exit 2');
      process.stdin.end(Buffer.alloc(10_000_000));
      expect((await process.wait()).status).toBe(2);
    });

    it('that nobody waits for is no crash when it fails', async () => {
      const connection = await place.shared();
      const process = connection.spawn('echo', { cwd: '/nonexistent' });
      process.stdout.resume();
      await once(process.stdout, 'close');
    });
  });
});

async function onlyYes(mark: string): Promise<number> {
  let pid = 0;
  await waitUntil('yes to run', async () => {
    pid = (await remoteProcesses(mark)).find(({ args }) => args.startsWith('yes'))?.pid ?? 0;
    return pid > 0;
  });
  return pid;
}

/** Whether a process has used no CPU for some turns of the clock, and sleeps. */
async function standsStill(pid: number): Promise<boolean> {
  const look = async (): Promise<string> => {
    const [, rest = ''] = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ');
    const fields = rest.split(' ');
    return [fields[0], fields[11], fields[12]].join(' ');
  };
  const first = await look();
  for (let i = 0; i < 10; i += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    if ((await look()) !== first) return false;
  }
  return first.startsWith('S');
}
