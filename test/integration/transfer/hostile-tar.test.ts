import { chmod, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { tarEnd, tarHeader, tarPadding } from '../../../src/remote/transfer/tar/tar-header.js';
import { describeReal, type SshServer, startSshd } from '../../rigs/rigs.js';
import { connectTo, get, scratch } from './far-place.js';

type Place = Awaited<ReturnType<typeof scratch>>;

const FILES = Array.from({ length: 80 }, (_, i) => `f${i}`);

/** What a member claims to be, in place of a plain file with the size that it has. */
interface Claim {
  readonly type?: string;
  readonly link?: string;
  readonly size?: number;
  readonly mtime?: number;
}

function member(name: string, content: string, claim: Claim = {}): Buffer {
  const header = tarHeader(Buffer.from(name), claim.size ?? content.length, 0o644);
  header.write(claim.type ?? '0', 156, 'latin1');
  header.write(claim.link ?? '', 157, 'latin1');
  header.write(`${(claim.mtime ?? 1000).toString(8).padStart(11, '0')}\0`, 136, 'latin1');
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, Buffer.from(content), tarPadding(content.length)]);
}

/** A tree, and a `tar` that sends something of its own in place of it. */
async function plant(place: Place, sent: Buffer, script: string): Promise<void> {
  for (const name of ['tree', 'near']) await rm(place.path(name), { recursive: true, force: true });
  await mkdir(place.path('tree'));
  await mkdir(place.path('bin'), { recursive: true });
  for (const name of FILES) {
    await writeFile(place.path('tree', name), name.padEnd(10));
    await utimes(place.path('tree', name), 1000, 1000);
  }
  await writeFile(place.path('sent'), sent);
  const lines = [
    '#!/bin/sh',
    'case "$1" in --version) echo "tar (GNU tar) 1.34"; exit;; esac',
    'cat > /dev/null',
    script,
  ];
  await writeFile(place.path('bin/tar'), `${lines.join('\n')}\n`);
  await chmod(place.path('bin/tar'), 0o755);
}

const honest = (name: string): Buffer => member(`./${name}`, name.padEnd(10));
const passwd = { type: '2', link: '/etc/passwd' };

describeReal(['sshd'], 'a server whose tar sends what nobody asked for', () => {
  const sendIt = 'cat "$HOSTILE/sent"';
  let place: Place;
  let server: SshServer;
  let connection: Connection;
  beforeAll(async () => {
    place = await scratch();
    const env = `PATH=${place.path('bin')}:/usr/bin:/bin HOSTILE=${place.path()}`;
    server = await startSshd({ keys: ['ed25519'], config: { SetEnv: env } });
    connection = await connectTo(server);
  });
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
    await place?.[Symbol.asyncDispose]();
  });

  it.each([
    ['a file above the tree', [honest('f0'), member('./../evil', 'evil'), tarEnd()], sendIt],
    ['a file by an absolute path', [honest('f0'), member('/tmp/hawser-evil', 'evil'), tarEnd()], sendIt],
    ['a way out of the tree by detours', [member('./f0/../../evil', 'evil'), tarEnd()], sendIt],
    ['a file of the tree by another name', [member('.//f0', 'evil'), member('f1', 'evil'), tarEnd()], sendIt],
    ['a file that was not asked for', [honest('f0'), member('./extra', 'evil'), tarEnd()], sendIt],
    ['a link in place of a file', [member('./f0', '', passwd), honest('f1'), tarEnd()], sendIt],
    ['a second name in place of a file', [member('./f0', '', { type: '1', link: './f1' }), tarEnd()], sendIt],
    ['a device in place of a file', [member('./f0', '', { type: '3' }), honest('f1'), tarEnd()], sendIt],
    ['a directory in place of a file', [member('./f0', '', { type: '5' }), honest('f1'), tarEnd()], sendIt],
    ['a link with content', [member('./f0', 'evil', passwd), honest('f1'), tarEnd()], sendIt],
    ['a longer name for the next member', [member('././@LongLink', '../evil', { type: 'L' }), honest('f0')], sendIt],
    ['a header for the next member', [member('./x', '19 path=../evil.txt\n', { type: 'x' }), honest('f0')], sendIt],
    ['a file of another size', [member('./f0', 'longer than it was'), honest('f1'), tarEnd()], sendIt],
    ['a file of another time', [member('./f0', 'evil'.padEnd(10), { mtime: 999 }), tarEnd()], sendIt],
    ['a file of 8 GiB', [member('./f0', 'x', { size: 8 * 1024 ** 3 - 1 })], sendIt],
    ['one file twice', [honest('f0'), honest('f0'), tarEnd()], sendIt],
    ['a file that ends early', [honest('f0').subarray(0, 515)], sendIt],
    ['an archive that ends early', [honest('f0'), honest('f1')], sendIt],
    ['an empty archive', [tarEnd()], sendIt],
    ['nothing', [], sendIt],
    ['text', [Buffer.from('tar: no such thing\n'.repeat(100))], sendIt],
    ['zeros without end', [], 'cat /dev/zero'],
    ['words without end', [], 'yes'],
    ['nothing, and fails', [], 'exit 2'],
  ])('%s gets nobody to believe it, and its files are copied one by one', async (_title, sent, script) => {
    await plant(place, Buffer.concat(sent), script);
    const summary = await get(connection, place.path('tree'), place.path('near'));
    expect(summary).toMatchObject({ files: FILES.length, bytes: FILES.length * 10, failed: [] });
    expect((await readdir(place.path('near'))).sort()).toEqual([...FILES].sort());
    for (const name of FILES) expect(await readFile(place.path('near', name), 'utf8')).toBe(name.padEnd(10));
    expect((await readdir(place.path())).sort()).toEqual(['bin', 'near', 'sent', 'tree']);
  });

  it('a file that shrank while it was read, filled up with zeros, is told of', async () => {
    const filled = member('./f0', '\0'.repeat(10));
    const shrink = 'printf short > "$HOSTILE/tree/f0"; cat "$HOSTILE/sent"; exit 1';
    await plant(place, Buffer.concat([filled, honest('f1'), tarEnd()]), shrink);
    expect(await get(connection, place.path('tree'), place.path('near'))).toMatchObject({ failed: [] });
    expect(await readFile(place.path('near/f0'), 'utf8')).toBe('short');
  });
});
