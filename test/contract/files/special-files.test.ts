import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import * as node from 'node:fs/promises';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { overFiles } from './file-places.js';
import { kindOf } from './files.js';

/** What does not change from one moment to the next. */
function lasting(cpuinfo: string): readonly string[] {
  return cpuinfo.split('\n').filter((line) => /^(processor|vendor_id|model name|flags)/.test(line));
}

overFiles((place) => {
  // The embedded servers show one directory, and nothing of the system.
  describe.skipIf(place.isEmbedded)('a file that the kernel writes, and says is empty,', () => {
    it('gives its text: /proc/cpuinfo', async () => {
      const fs = await place.fs();
      expect((await fs.stat('/proc/cpuinfo')).size).toBe(0);
      const read = await fs.readFile('/proc/cpuinfo', 'utf8');
      expect(lasting(read)).toEqual(lasting(await node.readFile('/proc/cpuinfo', 'utf8')));
      expect(lasting(read).length).toBeGreaterThan(0);
    });

    it('gives its text to a handle, a stream and a copy: /proc/version', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      const version = await node.readFile('/proc/version', 'utf8');
      await using file = await fs.open('/proc/version');
      expect(await file.readFile('utf8')).toBe(version);
      expect(await text(fs.createReadStream('/proc/version'))).toBe(version);
      expect(await text(fs.createReadStream('/proc/version', { start: 3, end: 9 }))).toBe(version.slice(3, 10));
      await fs.copyFile('/proc/version', `${there}/version`);
      expect(await node.readFile(`${here}/version`, 'utf8')).toBe(version);
      await fs.cp('/proc/version', `${there}/again`);
      expect(await node.readFile(`${here}/again`, 'utf8')).toBe(version);
    });

    it('tells of the process that serves the files: /proc/self', async () => {
      const fs = await place.fs();
      expect(await fs.readlink('/proc/self')).toMatch(/^\d+$/);
      expect((await fs.lstat('/proc/self')).isSymbolicLink()).toBe(true);
      expect(await fs.readFile('/proc/self/status', 'utf8')).toMatch(/^Name:/);
    });

    it('is listed although entries come and go: /proc', async () => {
      const fs = await place.fs();
      const names = await fs.readdir('/proc');
      expect(names).toEqual(expect.arrayContaining(['self', 'version', 'cpuinfo']));
    });
  });

  describe.skipIf(place.isEmbedded)('a device', () => {
    it('/dev/null takes all, gives nothing, and is one', async () => {
      const fs = await place.fs();
      await fs.writeFile('/dev/null', 'x'.repeat(100_000));
      expect(await fs.readFile('/dev/null', 'utf8')).toBe('');
      expect(kindOf(await fs.stat('/dev/null'))).toBe('character device');
    });

    it('/dev/zero gives as much as is asked for', async () => {
      const fs = await place.fs();
      await using file = await fs.open('/dev/zero');
      const { bytesRead, buffer } = await file.read(Buffer.alloc(1000, 'x'));
      expect([bytesRead, buffer.every((byte) => byte === 0)]).toEqual([1000, true]);
      expect((await text(fs.createReadStream('/dev/zero', { end: 99 }))).length).toBe(100);
    });

    it('/dev/full has no room', async () => {
      const fs = await place.fs();
      // SFTP version 3 has no word for it: what the server tells is that it failed.
      const code = place.isLocal ? 'ENOSPC' : expect.stringMatching(/^(ENOSPC|EIO)$/);
      await expect(fs.writeFile('/dev/full', 'x')).rejects.toMatchObject({ code, syscall: 'write' });
    });
  });

  describe('what is no ordinary file', () => {
    it('is told by its kind, in stat and in a listing', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      execFileSync('mkfifo', [`${here}/fifo`]);
      const server = createServer().listen(`${here}/socket`);
      await once(server, 'listening');
      await fs.symlink('fifo', `${there}/link`);
      try {
        const entries = await fs.readdir(there, { withFileTypes: true });
        expect(entries.map((entry) => `${entry.name}: ${kindOf(entry)}`).sort()).toEqual([
          'fifo: fifo',
          'link: link',
          'socket: socket',
        ]);
        expect(kindOf(await fs.stat(`${there}/link`))).toBe('fifo');
        expect(kindOf(await fs.lstat(`${there}/link`))).toBe('link');
        expect(kindOf(await fs.stat(`${there}/socket`))).toBe('socket');
      } finally {
        server.close();
        await once(server, 'close');
      }
    });

    it('is removed with the tree that it is in', async () => {
      const fs = await place.fs();
      const { there, here } = await place.ground();
      await fs.mkdir(`${there}/d`);
      execFileSync('mkfifo', [`${here}/d/fifo`]);
      await fs.rm(`${there}/d`, { recursive: true });
      expect(await node.readdir(here)).toEqual([]);
    });
  });
});
