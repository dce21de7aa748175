import { describe, expect, it } from 'vitest';
import { AbortError } from '../../src/core/errors.js';
import {
  asRoot,
  asUser,
  cramped,
  embedded,
  failure,
  gone,
  local,
  marker,
  oneChannel,
  over,
  running,
  sleepWith,
} from './places.js';

describe('many commands on one connection', () => {
  over([local, asUser, asRoot, embedded, ...cramped], (place) => {
    it('all answer, fifty at once', async () => {
      const connection = await place.shared();
      const numbers = [...Array(50).keys()];
      const results = await Promise.all(numbers.map((i) => connection.execute(`echo ${i}; exit ${i}`)));
      expect(results.map(({ stdout, status }) => [stdout, status])).toEqual(numbers.map((i) => [`${i}\n`, i]));
    });

    it('run one after the other where the target is `threadSafe`', async () => {
      const connection = place.fresh({ threadSafe: true });
      const mark = `/tmp/${marker()}`;
      const command = `mkdir ${mark} || echo overlap; sleep 0.05; rmdir ${mark}`;
      const results = await Promise.all(Array.from({ length: 5 }, () => connection.execute(command)));
      expect(results.map(({ stdout, stderr }) => stdout + stderr)).toEqual(['', '', '', '', '']);
    });
  });

  over(oneChannel, (place) => {
    it('leave the queue at once when they are aborted, and never run', async () => {
      const connection = await place.shared();
      const [holder, queued] = [marker(), marker()];
      const holding = new AbortController();
      const hung = failure(connection.execute(sleepWith(holder), { signal: holding.signal }));
      await running(holder);
      const leaving = new AbortController();
      const waiting = failure(connection.execute(`echo ${queued}`, { signal: leaving.signal }));
      leaving.abort();
      expect(await waiting).toBeInstanceOf(AbortError);
      const timedOut = await failure(connection.execute('echo late', { timeout: 50 }));
      expect(timedOut).toMatchObject({ phase: 'execute', result: { outcome: 'timeout', stdout: '' } });
      holding.abort();
      await hung;
      await gone(holder);
      expect((await connection.execute('echo next')).stdout).toBe('next\n');
    });

    it('can be signalled although they hold the only channel', async () => {
      const connection = await place.shared();
      const process = connection.spawn("trap 'echo caught; exit 3' USR1; echo ready; sleep 1000 & wait");
      const lines: string[] = [];
      for await (const line of process) {
        lines.push(line);
        if (line === 'ready') await process.kill('USR1');
      }
      expect(lines).toEqual(['ready', 'caught']);
      expect((await process.wait()).status).toBe(3);
    });
  });
});
