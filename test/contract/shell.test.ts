import { describe, expect, it } from 'vitest';
import { AbortError, ClosedError, TimeoutError } from '../../src/core/errors.js';
import { everywhere, failure, over } from './places.js';

describe('a shell', () => {
  over(everywhere, (place) => {
    it('is typed into and read from', async () => {
      const connection = await place.shared();
      await using shell = await connection.shell({ pty: { term: 'dumb' } });
      await shell.write("PS1='ready> '; echo a''b\n");
      const { match } = await shell.expect(/a(b)\r?\n/);
      expect(match[1]).toBe('b');
      await shell.expect('ready> ');
      await shell.write('echo $((6*7))\n');
      const { before } = await shell.expect(/\r\nready> /);
      expect(before).toContain('42');
    });

    it('keeps what it wrote when waiting takes too long, or is aborted', async () => {
      const connection = await place.shared();
      await using shell = await connection.shell({ pty: false });
      await shell.write('echo kept\n');
      const error = await failure(shell.expect('never', { timeout: 300 }));
      expect(error).toBeInstanceOf(TimeoutError);
      expect(error).toMatchObject({ phase: 'expect' });
      expect(await failure(shell.expect('never', { signal: AbortSignal.abort() }))).toBeInstanceOf(AbortError);
      expect((await shell.expect('kept')).match[0]).toBe('kept');
    });

    it('without a terminal reads lines and ends by `exit`', async () => {
      const connection = await place.shared();
      const shell = await connection.shell({ pty: false });
      await shell.write('echo one; echo zwölf; exit 3\n');
      let text = '';
      for await (const part of shell) text += part;
      expect(text).toContain('one\nzwölf\n');
      expect(await failure(shell.write('more'))).toBeInstanceOf(ClosedError);
      expect(await failure(shell.expect('more'))).toBeInstanceOf(ClosedError);
      expect(await shell.read()).toBe('');
      await shell.close();
      await shell.close();
    });

    it('gives 20 MB to the last byte to those who read on', async () => {
      const connection = await place.shared();
      const shell = await connection.shell({ pty: false });
      await shell.write('yes 1234567 | head -c 20000000; exit\n');
      let size = 0;
      for await (const part of shell) size += part.length - (part.includes('$') ? part.length : 0);
      expect(size).toBeGreaterThanOrEqual(20_000_000);
      expect(size).toBeLessThan(20_001_000);
    });

    it('ends when it is closed, whatever runs in it, and the connection goes on', async () => {
      const connection = await place.shared();
      const shell = await connection.shell();
      await shell.write('yes\n');
      await shell.expect('y\r\ny');
      await shell.close();
      expect((await connection.execute('echo next')).stdout).toBe('next\n');
    });

    it('tells the size of its terminal', async () => {
      const connection = await place.shared();
      await using shell = await connection.shell({ pty: { columns: 101, rows: 33 } });
      await shell.write('stty size\n');
      await shell.expect('33 101');
      if (!place.canResize) return;
      shell.resize({ columns: 120, rows: 40 });
      // The new size may come by another way than what is typed: ssh(1) tells its master by a signal.
      await shell.write('until stty size | grep 40.120; do echo waiting; sleep 0.1; done\n');
      await shell.expect('40 120');
    });
  });
});
