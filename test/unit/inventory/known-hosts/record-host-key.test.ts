import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { KnownHosts } from '../../../../src/inventory/known-hosts/known-hosts.js';
import { recordHostKey } from '../../../../src/inventory/known-hosts/record-host-key.js';
import { ed25519Key } from './keys.js';

const key = ed25519Key('the key');
const line = KnownHosts.line('web1', 22, key);

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hawser-record-'));
  file = join(dir, 'known_hosts');
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

describe('recordHostKey', () => {
  it('makes a new file that is private, in a directory that is private', async () => {
    const inside = join(dir, '.ssh', 'known_hosts');
    await recordHostKey(inside, line);
    expect(await readFile(inside, 'utf8')).toBe(`${line}\n`);
    expect((await stat(inside)).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir, '.ssh'))).mode & 0o777).toBe(0o700);
  });

  it('keeps what is there, and its mode', async () => {
    await writeFile(file, '# mine\n');
    await chmod(file, 0o644);
    await recordHostKey(file, `${line}\r\n`);
    expect(await readFile(file, 'utf8')).toBe(`# mine\n${line}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o644);
  });

  it('ends a last line that has no end before it adds its own', async () => {
    const before = KnownHosts.line('web2', 22, ed25519Key('another'));
    await writeFile(file, before);
    await recordHostKey(file, line);
    expect(await readFile(file, 'utf8')).toBe(`${before}\n${line}\n`);
    expect((await KnownHosts.load(file)).verify('web1', 22, key)).toMatchObject({ status: 'trusted', line: 2 });
  });

  it('loses no line when many tasks add to a new file at once', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => KnownHosts.line(`web${i}`, 22, ed25519Key(`${i}`)));
    const inside = join(dir, 'a', 'b', 'known_hosts');
    await Promise.all(lines.map((each) => recordHostKey(inside, each)));
    expect((await readFile(inside, 'utf8')).trimEnd().split('\n').sort()).toEqual([...lines].sort());
  });

  it('loses no line beside other processes, though the last line has no end', async () => {
    const other = KnownHosts.line('elsewhere', 22, ed25519Key('e'));
    await writeFile(file, other);
    const lines = Array.from({ length: 20 }, (_, i) => KnownHosts.line(`web${i}`, 22, ed25519Key(`${i}`)));
    const script = 'for (let i = 0; i < 200; i++) require("fs").appendFileSync(process.argv[1], "\\n# " + i + "\\n")';
    const beside = promisify(execFile)(process.execPath, ['-e', script, file]);
    await Promise.all(lines.map((each) => recordHostKey(file, each)));
    await beside;
    const written = (await readFile(file, 'utf8')).split('\n').filter((each) => each !== '' && !each.startsWith('#'));
    expect(written.sort()).toEqual([other, ...lines].sort());
  });

  it('follows a link to a file and leaves it a link', async () => {
    const link = join(dir, 'link');
    await writeFile(file, '');
    await symlink(file, link);
    await recordHostKey(link, line);
    expect(await readFile(file, 'utf8')).toBe(`${line}\n`);
    expect(await readlink(link)).toBe(file);
  });

  it('refuses a link that leads nowhere', async () => {
    const link = join(dir, 'link');
    await symlink(file, link);
    await expect(recordHostKey(link, line)).rejects.toMatchObject({
      code: 'ERR_HAWSER_KNOWN_HOSTS',
      message: expect.stringContaining('symbolic link that leads nowhere'),
    });
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('refuses directories and named pipes, and waits for nobody', async () => {
    await mkdir(file);
    await expect(recordHostKey(file, line)).rejects.toMatchObject({ code: 'ERR_HAWSER_KNOWN_HOSTS' });
    const pipe = join(dir, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    await expect(recordHostKey(pipe, line)).rejects.toThrow(`${pipe}: it is not a regular file; add the host key`);
  });

  it('writes nothing to the null device, which stands for no record', async () => {
    await recordHostKey(devNull, line);
  });

  it.each([
    '',
    '# comment',
    'garbage',
    `${line}\nweb2 ssh-ed25519 AAAA`,
    `${line}\n\n`,
    `${line} \0`,
  ])('refuses %j, which is not one line with a key', async (text) => {
    await expect(recordHostKey(file, text)).rejects.toThrow(OptionError);
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });
});
