import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { heldMemory } from '../rigs/held-memory.js';
import { everywhere, over } from './places.js';

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

describe('what a command writes', () => {
  over(everywhere, (place) => {
    it('is drained to the last of 3,000,000 bytes', async () => {
      const connection = await place.shared();
      const { stdout, status } = await connection.execute('yes 12345678 | head -c 3000000; exit 3');
      expect(stdout.length).toBe(3_000_000);
      expect(stdout).toBe('12345678\n'.repeat(333_334).slice(0, 3_000_000));
      expect(status).toBe(3);
    });

    it('is drained to the last of 20 MB on both streams at once', async () => {
      const connection = await place.shared();
      const line = `${'x'.repeat(99)}\n`;
      const { stdout, stderr, truncated } = await connection.execute(
        `yes ${'x'.repeat(99)} | head -c 20000000 & yes ${'y'.repeat(9)} | head -c 1000000 >&2; wait`,
        { maxBuffer: 32 * 1024 * 1024 },
      );
      expect(sha256(stdout)).toBe(sha256(line.repeat(200_000)));
      expect(sha256(stderr)).toBe(sha256('yyyyyyyyy\n'.repeat(100_000)));
      expect(truncated).toEqual({ stdout: false, stderr: false });
    });

    it('keeps stdout and stderr apart', async () => {
      const connection = await place.shared();
      const { stdout, stderr } = await connection.execute('echo out; echo err >&2');
      expect([stdout, stderr]).toEqual(['out\n', 'err\n']);
    });

    it('is decoded across the borders of chunks', async () => {
      const connection = await place.shared();
      const text = 'Grüße 🚀 日本語 '.repeat(20_000);
      const { stdout } = await connection.execute('cat', { input: text });
      expect(sha256(stdout)).toBe(sha256(text));
      const split = await connection.execute("printf '\\303'; sleep 0.2; printf '\\274'", { timeout: 30_000 });
      expect(split.stdout).toBe('ü');
    });

    it('comes as bytes, all 256 of them, where bytes are asked for', async () => {
      const connection = await place.shared();
      const bytes = Buffer.from(Array.from({ length: 1024 }, (_, i) => i % 256));
      const result = await connection.execute('cat; cat <<E >&2\nerr\nE', { input: bytes, encoding: 'buffer' });
      expect(result.stdout).toEqual(bytes);
      expect(result.stderr).toEqual(Buffer.from('err\n'));
    });

    it('comes in other encodings too', async () => {
      const connection = await place.shared();
      const command = "printf '\\377\\000\\200'";
      expect((await connection.execute(command, { encoding: 'latin1' })).stdout).toBe('\u00ff\u0000\u0080');
      expect((await connection.execute(command, { encoding: 'hex' })).stdout).toBe('ff0080');
      expect((await connection.execute(command, { encoding: 'base64' })).stdout).toBe('/wCA');
      expect((await connection.execute(command, { encoding: 'base64', maxBuffer: 2 })).stdout).toBe('/wA=');
    });

    it('is told piece by piece as it comes', async () => {
      const connection = await place.shared();
      const heard: Buffer[] = [];
      const complaints: Buffer[] = [];
      const result = await connection.execute('yes | head -c 500000; echo no >&2', {
        onStdout: (chunk) => heard.push(Buffer.from(chunk)),
        onStderr: (chunk) => complaints.push(Buffer.from(chunk)),
      });
      expect(Buffer.concat(heard).toString()).toBe(result.stdout);
      expect(Buffer.concat(complaints).toString()).toBe('no\n');
    });

    it('waits for whoever is told of it asynchronously, and loses nothing', async () => {
      const connection = await place.shared();
      let telling = 0;
      let most = 0;
      let heard = 0;
      const result = await connection.execute('yes | head -c 3000000', {
        maxBuffer: 0,
        onStdout: async (chunk) => {
          telling += 1;
          most = Math.max(most, telling);
          await new Promise((resolve) => setImmediate(resolve));
          heard += chunk.length;
          telling -= 1;
        },
      });
      expect({ heard, status: result.status }).toEqual({ heard: 3_000_000, status: 0 });
      // What has been taken off the stream when it is told to wait is one chunk more.
      expect(most).toBeLessThanOrEqual(2);
    });

    it('ends the command when whoever is told of it fails later on', async () => {
      const connection = await place.shared();
      const fault = new Error('the disk is full');
      const running = connection.execute('yes', {
        maxBuffer: 0,
        onStdout: async () => {
          await new Promise((resolve) => setImmediate(resolve));
          throw fault;
        },
      });
      await expect(running).rejects.toMatchObject({ name: 'AbortError', cause: fault });
    });

    it('is bounded by maxBuffer, which says what was cut', async () => {
      const connection = await place.shared();
      const cases = [
        { maxBuffer: 0, stdout: '', truncated: true },
        { maxBuffer: 1, stdout: 'a', truncated: true },
        // The ü would be cut in two: its half is left out.
        { maxBuffer: 2, stdout: 'a', truncated: true },
        { maxBuffer: 3, stdout: 'aü', truncated: true },
        { maxBuffer: 4, stdout: 'aüb', truncated: false },
      ];
      for (const { maxBuffer, stdout, truncated } of cases) {
        const result = await connection.execute('printf aüb; printf e >&2', { maxBuffer });
        expect(result.stdout).toBe(stdout);
        expect(result.truncated).toEqual({ stdout: truncated, stderr: maxBuffer === 0 });
        expect(result.status).toBe(0);
      }
    });

    // The embedded server's memory is this process's own.
    if (!place.isEmbedded) {
      it('costs no memory past maxBuffer', async () => {
        const connection = await place.shared();
        const before = heldMemory();
        let peak = 0;
        const watch = setInterval(() => {
          peak = Math.max(peak, heldMemory() - before);
        }, 100);
        const result = await connection.execute('head -c 70000000 /dev/zero', { maxBuffer: 1000, encoding: 'buffer' });
        clearInterval(watch);
        expect(result.stdout.length).toBe(1000);
        expect(result.truncated.stdout).toBe(true);
        expect(peak).toBeLessThan(40_000_000);
      });
    }

    it('is kept whole, however small its pieces are', async () => {
      const connection = await place.shared();
      const result = await connection.execute('i=0; while [ $i -lt 3000 ]; do printf x; i=$((i+1)); done');
      expect(result.stdout).toBe('x'.repeat(3000));
    });
  });
});
