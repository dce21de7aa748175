import { expect, it } from 'vitest';
import { Request, Response, Status } from '../../../../../src/remote/files/sftp/protocol.js';
import { sftpTo } from './real-server.js';
import { scripted } from './scripted-server.js';

const DIRECTORY = 0o040_755;
const FILE = 0o100_644;
const PERMISSIONS = 4;

/** A server that has some directories and files, and does what arrives together the other way round. */
async function ensured(path: string, found: ReadonlyMap<string, number>): Promise<string[]> {
  const there = new Map(found);
  const parent = (name: string): string => name.slice(0, Math.max(1, name.lastIndexOf('/')));
  const waiting: (() => void)[] = [];
  const server = scripted(({ type, fields, reply }) => {
    const status = (code: number): void => reply(Response.STATUS, code, Buffer.from(''), Buffer.from(''));
    if (type === Request.EXTENDED) return status(Status.OP_UNSUPPORTED);
    const name = fields.string().toString();
    waiting.push(() => {
      const mode = there.get(name);
      if (type !== Request.MKDIR)
        return mode === undefined ? status(Status.NO_SUCH_FILE) : reply(Response.ATTRS, PERMISSIONS, mode);
      if (mode !== undefined) return status(Status.FAILURE);
      if (there.get(parent(name)) !== DIRECTORY) return status(Status.NO_SUCH_FILE);
      there.set(name, DIRECTORY);
      return status(Status.OK);
    });
    setImmediate(() => {
      for (const answer of waiting.splice(0).reverse()) answer();
    });
  });
  const files = await sftpTo(server);
  await files.ensureDirectory(Buffer.from(path), 0o777);
  await files.close();
  return [...there.keys()];
}

const home = new Map([
  ['/', DIRECTORY],
  ['/home', DIRECTORY],
]);

it('makes what is missing on a server that answers in another order than it was asked', async () => {
  expect(await ensured('/home/a/b/c', home)).toEqual([...home.keys(), '/home/a', '/home/a/b', '/home/a/b/c']);
  expect(await ensured('/home', home)).toEqual([...home.keys()]);
});

it('tells of the first that is in the way', async () => {
  const taken = new Map([...home, ['/home/a', FILE]]);
  await expect(ensured('/home/a', taken)).rejects.toMatchObject({ code: 'EEXIST', path: '/home/a' });
  await expect(ensured('/home/a/b/c', taken)).rejects.toMatchObject({ code: 'ENOTDIR', path: '/home/a' });
});
