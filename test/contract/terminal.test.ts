import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { remoteProcesses } from '../rigs/rigs.js';
import { everywhere, failure, gone, marker, over, running, sleepWith } from './places.js';

describe('a command on a terminal', () => {
  over(everywhere, (place) => {
    it('sees one of the size and type that were asked for, with stderr in stdout', async () => {
      const connection = await place.shared();
      const command = 'test -t 0 && test -t 1 && test -t 2 && stty size; echo $TERM; echo err >&2';
      const plain = await connection.execute(command, { pty: true });
      expect(plain).toMatchObject({ stdout: '24 80\r\nxterm-256color\r\nerr\r\n', stderr: '', status: 0 });
      const o = { pty: { columns: 132, rows: 50, term: 'vt100' }, timeout: 60_000 };
      const wrapped = await connection.execute(command, o);
      expect(wrapped.stdout).toBe('50 132\r\nvt100\r\nerr\r\n');
    });

    it('has none without', async () => {
      const connection = await place.shared();
      const { stdout } = await connection.execute('tty; test -t 1 || echo no');
      expect(stdout).toBe('not a tty\nno\n');
    });

    it('reads its input and then the end of it', async () => {
      const connection = await place.shared();
      for (const input of [
        'one\ntwo\n',
        'open end',
        Readable.from(['one\n', 'two\n']),
        Readable.from(['open end']),
        '',
      ]) {
        for (const o of [{}, { timeout: 60_000 }]) {
          if (input instanceof Readable && 'timeout' in o) continue;
          const result = await connection.execute('stty -echo; wc -c', { pty: true, input, ...o });
          const count = Number(/(\d+)\s*$/.exec(result.stdout)?.[1]);
          expect({ result, count }).toMatchObject({
            result: { status: 0, signal: null, outcome: 'exit' },
            count: input === '' ? 0 : 8,
          });
        }
      }
    });

    it('gets variables that show neither on it nor in a process list', async () => {
      const connection = await place.shared();
      const secret = marker();
      const value = `\x03\x04\x15 ü "'\\ $(id) ${secret}\nline\n${'z'.repeat(6000)}`;
      const o = { pty: true, env: { VALUE: value, OTHER: 'x' }, cwd: '/' };
      const { stdout } = await connection.execute('printf %s "$VALUE" | od -An -v -tx1 | tr -d " \\n"; pwd', o);
      expect(stdout).toBe(`${Buffer.from(value).toString('hex')}/\r\n`);
      const sleeping = marker();
      const controller = new AbortController();
      const hung = failure(connection.execute(sleepWith(sleeping), { ...o, signal: controller.signal }));
      await running(sleeping);
      expect(await remoteProcesses(secret)).toEqual([]);
      controller.abort();
      expect(await hung).toMatchObject({ result: { killed: 'confirmed' } });
      await gone(sleeping);
    });

    it('writes 3 MB to the last byte, to a slow reader too', async () => {
      const connection = await place.shared();
      const process = connection.spawn('stty -onlcr; yes 1234567 | head -c 300000', { pty: true });
      let size = 0;
      for await (const chunk of process.stdout) {
        size += chunk.length;
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      expect(size).toBe(300_000);
      const { stdout } = await connection.execute('stty -onlcr; yes 1234567 | head -c 3000000; exit 4', { pty: true });
      expect(stdout.length).toBe(3_000_000);
    });

    if (place.canResize) {
      it('hears of a new size', async () => {
        const connection = await place.shared();
        const early = 'until [ "$(stty size)" = "30 90" ]; do sleep 0.05; done';
        const late = "trap 'stty size; exit' WINCH; echo up; while :; do sleep 0.05; done";
        const process = connection.spawn(`${early}; ${late}`, { pty: true });
        process.resize({ columns: 90, rows: 30 });
        const lines: string[] = [];
        for await (const line of process) {
          lines.push(line);
          if (line === 'up') process.resize({ columns: 70, rows: 20 });
        }
        expect(lines).toEqual(['up', '20 70']);
      });
    }
  });
});
