import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { AbortError } from '../../src/core/errors.js';
import { everywhere, failure, gone, marker, over } from './places.js';

describe('what a command reads', () => {
  over(everywhere, (place) => {
    it('may be 10 MB, and ends', async () => {
      const connection = await place.shared();
      const input = Buffer.alloc(10_000_000, 'hawser!\n');
      const { stdout } = await connection.execute('cat', { input, encoding: 'buffer' });
      expect(stdout.equals(input)).toBe(true);
    });

    it('is a string, bytes or a stream, with and without a time limit', async () => {
      const connection = await place.shared();
      for (const timeout of [undefined, 60_000]) {
        const limit = timeout === undefined ? {} : { timeout };
        const inputs = ['häwser\n', new TextEncoder().encode('häwser\n'), Readable.from([Buffer.from('häw'), 'ser\n'])];
        for (const input of inputs) {
          const { stdout } = await connection.execute('cat; echo end', { input, ...limit });
          expect(stdout).toBe('häwser\nend\n');
        }
      }
    });

    it('is at its end at once where there is none', async () => {
      const connection = await place.shared();
      for (const o of [
        {},
        { timeout: 60_000 },
        { input: '' },
        { input: new Uint8Array() },
        { input: Readable.from([]) },
      ]) {
        expect((await connection.execute('cat; echo end', o)).stdout).toBe('end\n');
      }
    });

    it('may come from a stream of any size', async () => {
      const connection = await place.shared();
      const chunk = Buffer.alloc(100_000, 'x');
      const input = Readable.from(Array.from({ length: 50 }, () => chunk));
      expect((await connection.execute('wc -c', { input })).stdout.trim()).toBe('5000000');
    });

    it('may be left unread by a command that ends', async () => {
      const connection = await place.shared();
      for (const input of [
        Buffer.alloc(10_000_000),
        Readable.from([Buffer.alloc(5_000_000), Buffer.alloc(5_000_000)]),
      ]) {
        const { status, stdout } = await connection.execute('echo hello; exit 4', { input });
        expect([status, stdout]).toEqual([4, 'hello\n']);
      }
      expect((await connection.execute('echo next')).stdout).toBe('next\n');
    });

    it('may be closed early by a command that goes on', async () => {
      const connection = await place.shared();
      const input = Buffer.alloc(10_000_000);
      const { stdout } = await connection.execute('exec <&-; sleep 0.1; echo done', { input });
      expect(stdout).toBe('done\n');
    });

    it('ends the command where its stream breaks', async () => {
      const connection = await place.shared();
      const mark = marker();
      const broken = Readable.from(
        (async function* () {
          yield Buffer.from('first\n');
          throw new Error('the tape tore');
        })(),
      );
      const error = await failure(connection.execute(`sh -c 'cat; sleep 1000; : ${mark}'`, { input: broken }));
      expect(error).toBeInstanceOf(AbortError);
      expect(error.message).toContain('the tape tore');
      await gone(mark);
    });

    it('is told of as an error where its stream was broken from the start', async () => {
      const connection = await place.shared();
      const destroyed = new Readable({ read: () => {} });
      destroyed.destroy();
      expect(await failure(connection.execute('cat', { input: destroyed }))).toBeInstanceOf(AbortError);
      const unopened = place.fresh();
      const missing = await failure(unopened.execute('cat', { input: createReadStream('/nonexistent/file') }));
      expect(missing).toBeInstanceOf(AbortError);
      expect(missing.message).toContain('ENOENT');
    });

    it('ends after a stream that had been read to its end before', async () => {
      const connection = await place.shared();
      const input = Readable.from(['used']);
      await input.toArray();
      expect((await connection.execute('cat; echo end', { input })).stdout).toBe('end\n');
    });

    it('is no harm when its stream breaks after the command has ended', async () => {
      const connection = await place.shared();
      const input = new Readable({ read: () => {} });
      expect((await connection.execute('echo short', { input })).stdout).toBe('short\n');
      input.destroy(new Error('too late to matter'));
      await new Promise((resolve) => input.once('close', resolve));
    });
  });
});
