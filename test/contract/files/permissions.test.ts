import { constants } from 'node:fs';
import * as node from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { RemoteFs } from '../../../src/remote/files/remote-fs.js';
import { asUser, dropbear } from '../places.js';
import { asUserWithServer, type Ground, overFiles } from './file-places.js';

/** Files of root's that an ordinary user may not all read, in a directory that he may not write to. */
async function fortress({ here }: Ground): Promise<void> {
  const at = (name: string) => `${here}/${name}`;
  await node.mkdir(at('shut/in'), { recursive: true });
  await node.mkdir(at('shown'));
  await node.mkdir(at('sticky'));
  for (const name of ['secret', 'shown/secret', 'shut/a', 'sticky/a']) await node.writeFile(at(name), 'of root');
  await node.writeFile(at('shown/open'), 'for all');
  for (const name of ['secret', 'shown/secret']) await node.chmod(at(name), 0o600);
  await node.chmod(at('shut'), 0o700);
  await node.chmod(at('shown'), 0o755);
  await node.chmod(at('shown/open'), 0o644);
  await node.chmod(at('sticky'), 0o1777);
}

type Forbidden = readonly [
  what: string,
  code: string,
  syscall: string,
  act: (fs: RemoteFs, at: string) => Promise<unknown>,
];

const forbidden: readonly Forbidden[] = [
  ['to read a file', 'EACCES', 'open', (fs, at) => fs.readFile(`${at}/shown/secret`)],
  ['to write a file', 'EACCES', 'open', (fs, at) => fs.writeFile(`${at}/shown/open`, 'x')],
  ['to append to a file', 'EACCES', 'open', (fs, at) => fs.appendFile(`${at}/shown/open`, 'x')],
  ['to make a file', 'EACCES', 'open', (fs, at) => fs.writeFile(`${at}/shown/new`, 'x')],
  ['to open a file', 'EACCES', 'open', (fs, at) => fs.open(`${at}/shown/secret`)],
  ['to list a directory', 'EACCES', 'scandir', (fs, at) => fs.readdir(`${at}/shut`)],
  ['to open a directory', 'EACCES', 'opendir', (fs, at) => fs.opendir(`${at}/shut`)],
  ['to ask about what lies in a directory', 'EACCES', 'stat', (fs, at) => fs.stat(`${at}/shut/a`)],
  ['to ask about a link in a directory', 'EACCES', 'lstat', (fs, at) => fs.lstat(`${at}/shut/a`)],
  ['to make a directory', 'EACCES', 'mkdir', (fs, at) => fs.mkdir(`${at}/shown/d`)],
  ['to make directories', 'EACCES', 'mkdir', (fs, at) => fs.mkdir(`${at}/shown/d/e`, { recursive: true })],
  ['to make a temporary directory', 'EACCES', 'mkdtemp', (fs, at) => fs.mkdtemp(`${at}/shown/d-`)],
  ['to remove a directory', 'EACCES', 'rmdir', (fs, at) => fs.rmdir(`${at}/shut/in`)],
  ['to remove a name', 'EACCES', 'unlink', (fs, at) => fs.unlink(`${at}/shown/open`)],
  ['to rename', 'EACCES', 'rename', (fs, at) => fs.rename(`${at}/shown/open`, `${at}/shown/b`)],
  ['to make a link', 'EACCES', 'symlink', (fs, at) => fs.symlink('a', `${at}/shown/l`)],
  ['to read a link in a directory', 'EACCES', 'readlink', (fs, at) => fs.readlink(`${at}/shut/a`)],
  ['to cut a file short', 'EACCES', 'open', (fs, at) => fs.truncate(`${at}/shown/open`, 1)],
  ['to change permissions', 'EPERM', 'chmod', (fs, at) => fs.chmod(`${at}/shown/open`, 0o777)],
  ['to give a file away', 'EPERM', 'chown', (fs, at) => fs.chown(`${at}/shown/open`, 1, 1)],
  ['to change times', 'EPERM', 'utime', (fs, at) => fs.utimes(`${at}/shown/open`, 1, 1)],
  ['access to read', 'EACCES', 'access', (fs, at) => fs.access(`${at}/shown/secret`, constants.R_OK)],
  ['access to write', 'EACCES', 'access', (fs, at) => fs.access(`${at}/shown/open`, constants.W_OK)],
  ['access to run', 'EACCES', 'access', (fs, at) => fs.access(`${at}/shown/open`, constants.X_OK)],
  ['to copy what may not be read', 'EACCES', 'copyfile', (fs, at) => fs.copyFile(`${at}/shown/secret`, '/tmp/never')],
  [
    'to copy to where nothing may be written',
    'EACCES',
    'copyfile',
    (fs, at) => fs.copyFile(`${at}/shown/open`, `${at}/b`),
  ],
  ['to remove a tree', 'EACCES', 'rm', (fs, at) => fs.rm(`${at}/shut`, { recursive: true })],
];

overFiles(
  (place) => {
    describe('an ordinary user is refused', () => {
      it.each(forbidden)('%s, with %s of %s', async (_, code, syscall, act) => {
        const fs = await place.fs();
        const ground = await place.ground();
        await fortress(ground);
        await node.chown(ground.here, 0, 0);
        await node.chmod(ground.here, 0o755);
        const error: unknown = await act(fs, ground.there).then(
          () => 'no error',
          (reason: unknown) => reason,
        );
        expect(error).toMatchObject({ name: 'FileError', code });
        // Of a tree it is the call that failed that is named, wherever in the tree that was.
        if (syscall !== 'rm') expect(error).toMatchObject({ syscall });
        expect(await node.readFile(`${ground.here}/shown/open`, 'utf8')).toBe('for all');
      });

      it("to remove another's file where the directory is sticky", async () => {
        const fs = await place.fs();
        const ground = await place.ground();
        await fortress(ground);
        await expect(fs.unlink(`${ground.there}/sticky/a`)).rejects.toMatchObject({
          code: expect.stringMatching(/^(EPERM|EACCES)$/),
        });
      });

      it('to set permissions, but may those of his own', async () => {
        const fs = await place.fs();
        const { there, here } = await place.ground();
        await fs.writeFile(`${there}/mine`, '');
        await fs.chmod(`${there}/mine`, 0o600);
        expect((await node.stat(`${here}/mine`)).mode & 0o777).toBe(0o600);
        await fs.access(`${there}/mine`, constants.R_OK | constants.W_OK);
      });

      it('a tree that lies in a directory which he may not list, and what he may remove is gone', async () => {
        const fs = await place.fs();
        const { there, here } = await place.ground();
        await fs.mkdir(`${there}/d/mine`, { recursive: true });
        await fs.writeFile(`${there}/d/mine/a`, '');
        await node.mkdir(`${here}/d/roots`, { mode: 0o700 });
        await node.writeFile(`${here}/d/roots/a`, '');
        await expect(fs.rm(`${there}/d`, { recursive: true })).rejects.toMatchObject({ code: 'EACCES' });
        expect(await node.readdir(`${here}/d/roots`)).toEqual(['a']);
      });
    });
  },
  [asUser, asUserWithServer, dropbear],
);
