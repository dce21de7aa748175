import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OptionError } from '../../../src/core/hawser-error.js';
import { type ConfigReader, nodeConfigReader } from '../../../src/inventory/ssh-config/config-reader.js';
import { SshConfig } from '../../../src/inventory/ssh-config/ssh-config.js';

describe('SshConfig.load', () => {
  let home = '';

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'hawser-ssh-load-'));
    await mkdir(join(home, '.ssh'));
  });

  afterEach(() => rm(home, { recursive: true, force: true }));

  /** The files of this machine, but with another for all users. */
  function withSystem(text: string | undefined): ConfigReader {
    return {
      ...nodeConfigReader,
      readFile(path, options) {
        if (path !== '/etc/ssh/ssh_config') return nodeConfigReader.readFile(path, options);
        if (text === undefined) throw Object.assign(new Error('missing'), { code: 'ENOENT' });
        return text;
      },
    };
  }

  it('gives the user the first word and the system the second', async () => {
    await writeFile(join(home, '.ssh', 'config'), 'Host web\n Port 2\n', { mode: 0o600 });
    const config = await SshConfig.load(undefined, { home, reader: withSystem('Port 3\nUser all\n') });
    const web = config.resolve({ host: 'web' });
    expect(web).toMatchObject({ port: 2, user: 'all' });
    expect(web.source('Port')).toEqual({ file: join(home, '.ssh', 'config'), line: 2 });
    expect(web.source('User')).toEqual({ file: '/etc/ssh/ssh_config', line: 2 });
  });

  it('does without the default files where they are missing', async () => {
    const config = await SshConfig.load(undefined, { home, reader: withSystem(undefined) });
    expect(config.warnings).toEqual([]);
    expect(config.resolve({ host: 'web' }).hostName).toBe('web');
  });

  it('warns of a default file that it cannot read', async () => {
    await mkdir(join(home, '.ssh', 'config'));
    const config = await SshConfig.load(undefined, { home, reader: withSystem('Port 3\n') });
    expect(config.warnings[0]?.message).toMatch(/\.ssh\/config:1:1: The file is left out: EISDIR/);
    expect(config.resolve({ host: 'web' }).port).toBe(3);
  });

  it('reads several files, and a home directory in their names', async () => {
    await writeFile(join(home, 'one'), 'Port 2\n');
    await writeFile(join(home, 'two'), 'Port 3\nUser two\n');
    const config = await SshConfig.load(['~/one', join(home, 'two')], { home });
    expect(config.resolve({ host: 'web' })).toMatchObject({ port: 2, user: 'two' });
  });

  it.each([
    ['is missing', 'none', /Cannot read the SSH configuration .*none: ENOENT/],
    ['is a directory', '.ssh', /Cannot read the SSH configuration .*\.ssh: EISDIR/],
  ])('refuses a file that it is given and that %s', async (_, name, message) => {
    const failure = SshConfig.load(join(home, name));
    await expect(failure).rejects.toThrow(OptionError);
    await expect(failure).rejects.toThrow(message);
  });

  it('rejects, rather than throws, at an error in a file', async () => {
    await writeFile(join(home, 'bad'), 'Port x\n');
    await expect(SshConfig.load(join(home, 'bad'))).rejects.toMatchObject({
      file: join(home, 'bad'),
      line: 1,
      column: 6,
    });
  });

  it.skipIf(process.platform === 'win32')('refuses an included file that every user may write to', async () => {
    const open = join(home, 'open');
    await writeFile(open, 'Port 2\n');
    await chmod(open, 0o666);
    await writeFile(join(home, 'config'), `Include ${open}\n`);
    await expect(SshConfig.load(join(home, 'config'))).rejects.toThrow(/every user may write to it; .*chmod go-w/);
  });

  it.skipIf(process.platform === 'win32')('refuses a default file that every user may write to', async () => {
    const open = join(home, '.ssh', 'config');
    await writeFile(open, 'Port 2\n');
    await chmod(open, 0o666);
    const failure = SshConfig.load(undefined, { home, reader: withSystem(undefined) });
    await expect(failure).rejects.toThrow(OptionError);
    await expect(failure).rejects.toThrow(/every user may write to it/);
  });
});
