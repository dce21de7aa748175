import { execFileSync } from 'node:child_process';
import * as node from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { AbortError, ClosedError, DisconnectedError } from '../../../src/core/errors.js';
import { failure } from '../places.js';
import { overFiles } from './file-places.js';

overFiles((place) => {
  describe('a signal', () => {
    it('that was given before is heeded before anything is touched', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      const signal = AbortSignal.abort();
      const a = `${there}/a`;
      const calls: Record<string, () => Promise<unknown>> = {
        readFile: () => fs.readFile(a, { signal }),
        writeFile: () => fs.writeFile(a, 'x', { signal }),
        appendFile: () => fs.appendFile(a, 'x', { signal }),
        stat: () => fs.stat(a, { signal }),
        lstat: () => fs.lstat(a, { signal }),
        mkdir: () => fs.mkdir(a, { signal }),
        readdir: () => fs.readdir(there, { signal }),
        rm: () => fs.rm(a, { signal, force: true }),
        cp: () => fs.cp(there, a, { signal, recursive: true }),
        hash: () => fs.hash(a, 'sha256', { signal }),
      };
      for (const [name, call] of Object.entries(calls)) {
        expect(await failure(call()), name).toBeInstanceOf(AbortError);
      }
      expect(await node.readdir(here)).toEqual([]);
    });

    it('ends a read that the server does not answer', async () => {
      const { there, here } = await place.ground();
      execFileSync('mkfifo', [`${here}/fifo`]);
      await place.give(`${here}/fifo`);
      const connection = await place.fresh().connect();
      await connection.fs.stat(there);
      const controller = new AbortController();
      const reading = failure(connection.fs.readFile(`${there}/fifo`, { signal: controller.signal }));
      controller.abort();
      expect(await reading).toBeInstanceOf(AbortError);
      // Lets go of whoever waits for the other end.
      const other = await node.open(`${here}/fifo`, 'r+');
      await other.close();
    });

    it('ends a long read in the middle, and the connection goes on', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      await node.writeFile(`${here}/a`, Buffer.alloc(20_000_000));
      await place.give(here);
      const controller = new AbortController();
      const reading = failure(fs.readFile(`${there}/a`, { signal: controller.signal }));
      await fs.stat(there);
      controller.abort();
      expect(await reading).toBeInstanceOf(AbortError);
      expect((await fs.stat(`${there}/a`)).size).toBe(20_000_000);
    });

    it('ends a long write in the middle, and the connection goes on', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      const controller = new AbortController();
      const endless = (async function* () {
        for (let i = 0; ; i++) {
          if (i === 20) controller.abort();
          yield Buffer.alloc(100_000);
        }
      })();
      const writing = failure(fs.writeFile(`${there}/a`, endless, { signal: controller.signal }));
      expect(await writing).toBeInstanceOf(AbortError);
      expect(await fs.exists(`${there}/a`)).toBe(true);
    });
  });

  describe('a connection that is', () => {
    it('closed refuses files, and so do its handles', async () => {
      const { there } = await place.ground();
      const connection = await place.fresh().connect();
      const file = await connection.fs.open(`${there}/a`, 'w+');
      await file.write('written');
      await connection.close();
      expect(await failure(connection.fs.stat(there))).toBeInstanceOf(ClosedError);
      expect(await failure(file.read(Buffer.alloc(1)))).toBeInstanceOf(Error);
      await file.close().catch(() => {});
    });

    it('disconnected connects again for the next call; its old handles stay dead', async () => {
      const { there } = await place.ground();
      const connection = await place.fresh().connect();
      const file = await connection.fs.open(`${there}/a`, 'w+');
      await file.write('written');
      await connection.disconnect();
      expect(await connection.fs.readFile(`${there}/a`, 'utf8')).toBe('written');
      const error = await failure(file.write('more'));
      expect(error instanceof DisconnectedError || error instanceof ClosedError || 'code' in error).toBe(true);
      await file.close().catch(() => {});
      expect(await connection.fs.readFile(`${there}/a`, 'utf8')).toBe('written');
    });

    it.skipIf(place.isLocal)('disconnected in the middle of a read ends it with DisconnectedError', async () => {
      const { there, here } = await place.ground();
      await node.writeFile(`${here}/a`, Buffer.alloc(30_000_000));
      await place.give(here);
      const connection = await place.fresh().connect();
      await connection.fs.stat(there);
      const reading = failure(connection.fs.readFile(`${there}/a`));
      const streaming = failure(text(connection.fs.createReadStream(`${there}/a`)));
      await connection.fs.stat(`${there}/a`);
      await connection.disconnect();
      expect(await reading).toBeInstanceOf(DisconnectedError);
      expect(await streaming).toBeInstanceOf(DisconnectedError);
    });

    it('not yet connected connects by itself', async () => {
      const { there } = await place.ground();
      const connection = place.fresh();
      expect(connection.state).toBe('idle');
      expect(await connection.fs.isDirectory(there)).toBe(true);
      expect(connection.state).toBe('connected');
    });

    it('shared by a lock takes calls in turn', async () => {
      const { there } = await place.ground();
      const connection = await place.fresh({ threadSafe: true }).connect();
      await connection.fs.stat(there);
      const lease = await connection.lock.acquire();
      let settled = false;
      const stat = connection.fs.stat(there).finally(() => {
        settled = true;
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(settled).toBe(false);
      lease.release();
      expect((await stat).isDirectory()).toBe(true);
    });
  });

  describe('many at once', () => {
    it('500 questions have 500 answers, each its own', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      for (let i = 0; i < 50; i++) await node.writeFile(`${here}/${i}`, 'x'.repeat(i));
      await place.give(here);
      const sizes = await Promise.all(Array.from({ length: 500 }, (_, i) => fs.stat(`${there}/${i % 50}`)));
      expect(sizes.map(({ size }) => size)).toEqual(Array.from({ length: 500 }, (_, i) => i % 50));
    });

    it('200 files are written and read at once', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      const numbers = Array.from({ length: 200 }, (_, i) => i);
      await Promise.all(numbers.map((i) => fs.writeFile(`${there}/${i}`, `content of ${i}`)));
      const read = await Promise.all(numbers.map((i) => fs.readFile(`${there}/${i}`, 'utf8')));
      expect(read).toEqual(numbers.map((i) => `content of ${i}`));
      expect(await node.readdir(here)).toHaveLength(200);
    });

    it('60 handles are open at once', async () => {
      const fs = await place.fs();
      const { there } = await place.ground();
      await fs.writeFile(`${there}/a`, '0123456789');
      const files = await Promise.all(Array.from({ length: 60 }, () => fs.open(`${there}/a`)));
      const read = await Promise.all(files.map((file, i) => file.read(Buffer.alloc(1), 0, 1, i % 10)));
      expect(read.map(({ buffer }) => buffer.toString()).join('')).toBe('0123456789'.repeat(6));
      await Promise.all(files.map((file) => file.close()));
    });

    // Its server refuses commands when several begin at once.
    it.skipIf(place.isDropbear)('files and commands go side by side', async () => {
      const { there } = await place.ground();
      const connection = await place.shared();
      const work = Array.from({ length: 5 }, async (_, i) => {
        await connection.fs.writeFile(`${there}/${i}`, String(i));
        const { stdout } = await connection.execute(['echo', String(i)]);
        return [stdout.trim(), await connection.fs.readFile(`${there}/${i}`, 'utf8')];
      });
      expect(await Promise.all(work)).toEqual([0, 1, 2, 3, 4].map((i) => [String(i), String(i)]));
    });
  });
});
