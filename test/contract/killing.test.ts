import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { AbortError, TimeoutError } from '../../src/core/errors.js';
import { remoteProcesses, waitUntil } from '../rigs/rigs.js';
import {
  asRoot,
  asUser,
  cramped,
  everywhere,
  failure,
  gone,
  local,
  marker,
  oneChannel,
  over,
  running,
  sleepWith,
} from './places.js';

describe('ending a command', () => {
  over([...everywhere, ...cramped], (place) => {
    it('by an abort ends it with its children, and says who wanted it', async () => {
      const connection = await place.shared();
      const mark = marker();
      const controller = new AbortController();
      const hung = failure(connection.execute(`echo partial; ${sleepWith(mark)}`, { signal: controller.signal }));
      await running(mark);
      controller.abort(new Error('no longer wanted'));
      const error = await hung;
      expect(error).toBeInstanceOf(AbortError);
      expect(error).toMatchObject({ name: 'AbortError', result: { outcome: 'aborted', killed: 'confirmed' } });
      expect(error.cause).toMatchObject({ message: 'no longer wanted' });
      expect(await remoteProcesses(mark)).toEqual([]);
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    });

    it('finds those that ignore TERM, left their session, or lost their parents', async () => {
      const connection = await place.shared();
      const [stubborn, session, orphan, daemon] = [marker(), marker(), marker(), marker()];
      const command = [
        `sh -c 'trap "" TERM; while :; do sleep 0.1; done; : ${stubborn}' &`,
        `setsid sh -c 'sleep 1000; : ${session}' &`,
        `(sh -c 'sleep 1000; : ${orphan}' &)`,
        `(setsid sh -c 'sleep 1000; : ${daemon}' >/dev/null 2>&1 </dev/null &)`,
        'echo ready; wait',
      ].join('\n');
      const controller = new AbortController();
      const onStdout = async (): Promise<void> => {
        await Promise.all([running(stubborn), running(session), running(orphan), running(daemon)]);
        controller.abort();
      };
      const error = await failure(
        connection.execute(command, { signal: controller.signal, killGrace: 500, onStdout: () => void onStdout() }),
      );
      expect(error).toMatchObject({ result: { killed: 'confirmed', stdout: 'ready\n' } });
      for (const mark of [stubborn, session, orphan, daemon]) expect(await remoteProcesses(mark)).toEqual([]);
    });

    it('sends first what `killSignal` says, and hears the last words', async () => {
      const connection = await place.shared();
      const command = "trap 'echo cleaned up; exit 0' USR1; echo ready; sleep 1000 & wait";
      const controller = new AbortController();
      const error = await failure(
        connection.execute(command, {
          signal: controller.signal,
          killSignal: 'SIGUSR1',
          onStdout: () => controller.abort(),
        }),
      );
      expect(error).toMatchObject({ result: { stdout: 'ready\ncleaned up\n', killed: 'confirmed' } });
    });

    it('before it has begun sends nothing', async () => {
      const connection = await place.shared();
      const mark = marker();
      const error = await failure(connection.execute(sleepWith(mark), { signal: AbortSignal.abort() }));
      expect(error).toBeInstanceOf(AbortError);
      expect(await remoteProcesses(mark)).toEqual([]);
    });

    it('right after it was sent leaves nothing behind', async () => {
      const connection = await place.shared();
      const mark = marker();
      const ends = Array.from({ length: 4 }, async (_, i) => {
        const controller = new AbortController();
        const hung = failure(connection.execute(sleepWith(mark), { signal: controller.signal }));
        for (let turn = 0; turn < i; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        controller.abort();
        return hung;
      });
      for (const error of await Promise.all(ends)) expect(error).toBeInstanceOf(AbortError);
      await gone(mark);
      expect((await connection.execute('echo next')).stdout).toBe('next\n');
    });

    it('after its end changes nothing, and no listener is left on a signal that lives on', async () => {
      const connection = await place.shared();
      const controller = new AbortController();
      const { signal } = controller;
      for (let i = 0; i < 5; i += 1) await connection.execute('true', { signal, timeout: 60_000 });
      const process = connection.spawn('true', { signal });
      await process.wait();
      expect(getEventListeners(signal, 'abort')).toEqual([]);
      controller.abort();
      expect((await connection.execute('echo on')).stdout).toBe('on\n');
    });
  });

  over(everywhere, (place) => {
    it('after its time limit keeps what it wrote, ends it with its children, and frees the channel', async () => {
      const connection = await place.shared();
      const mark = marker();
      const command = `echo partial; echo err >&2; ${sleepWith(mark)} | cat; echo never`;
      const error = await failure(connection.execute(command, { timeout: 1500 }));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toMatchObject({
        phase: 'execute',
        ms: 1500,
        result: {
          stdout: 'partial\n',
          stderr: 'err\n',
          outcome: 'timeout',
          status: null,
          ok: false,
          killed: 'confirmed',
        },
      });
      expect(await remoteProcesses(mark)).toEqual([]);
      expect((await connection.execute('echo next')).stdout).toBe('next\n');
    });

    if (!place.isDropbear) {
      it('ends what holds the output after the command itself is over', async () => {
        const connection = await place.shared();
        const mark = marker();
        const error = await failure(connection.execute(`${sleepWith(mark)} & echo over`, { timeout: 1500 }));
        expect(error).toMatchObject({ result: { stdout: 'over\n', killed: 'confirmed' } });
        expect(await remoteProcesses(mark)).toEqual([]);
      });
    }
  });

  over([local, asUser, asRoot, ...oneChannel], (place) => {
    it('works for ten at once', async () => {
      const connection = await place.shared();
      const mark = marker();
      const hung = Array.from({ length: 10 }, () => {
        return failure(connection.execute(sleepWith(mark), { timeout: 2000 }));
      });
      for (const error of await Promise.all(hung)) expect(error).toBeInstanceOf(TimeoutError);
      await waitUntil('all of them to be gone', async () => (await remoteProcesses(mark)).length === 0);
      expect((await connection.execute('echo next')).stdout).toBe('next\n');
    });
  });

  over([asRoot], (place) => {
    it('that cannot be ended does not hold up the end of its connection', async () => {
      const connection = place.fresh();
      const mark = marker();
      const command = `exec sh -c 'while :; do sleep 1; done; : ${mark}'`;
      // Sent as it is, nothing knows its process id, and OpenSSH passes no signal on to root's processes.
      const error = await failure(connection.execute(command, { bare: true, timeout: 500, killGrace: 0 }));
      expect(error).toMatchObject({ result: { killed: 'unknown' } });
      await connection.close();
      for (const { pid } of await remoteProcesses(mark)) process.kill(pid, 'SIGKILL');
    });
  });
});
