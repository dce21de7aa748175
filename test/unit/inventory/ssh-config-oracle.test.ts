import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParseError } from '../../../src/core/hawser-error.js';
import type { SshHostConfig } from '../../../src/inventory/ssh-config/host-config.js';
import { SshConfig } from '../../../src/inventory/ssh-config/ssh-config.js';
import { accepted, type ConfigCase, refused } from './ssh-config-cases.js';
import { dumpOurs, hasSsh, normalizeDump, parseDump, runSsh, type Settings, TEST_ENV } from './ssh-oracle.js';

if (!hasSsh) console.warn('SKIPPED: there is no ssh to compare ssh_config results with.');

/** How many ssh run at once. */
const GROUP = 8;

describe.skipIf(!hasSsh)('SshConfig beside ssh -G', () => {
  let root = '';
  let defaults: Settings = {};
  const runs = new Map<ConfigCase, { readonly file: string; readonly status: number; readonly dump: Settings }>();

  async function write(directory: string, { config, files = {} }: ConfigCase): Promise<string> {
    const file = join(directory, 'config');
    const place = (text: string): string => text.replaceAll('{dir}', join(directory, 'd'));
    for (const [name, text] of Object.entries(files)) {
      const path = join(directory, 'd', name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, place(text), { mode: 0o600 });
    }
    await mkdir(directory, { recursive: true });
    await writeFile(file, place(config), { mode: 0o600 });
    return file;
  }

  async function ask(test: ConfigCase, index: number): Promise<void> {
    const file = await write(join(root, String(index)), test);
    const user = test.username === undefined ? [] : ['-l', test.username];
    const port = test.port === undefined ? [] : ['-p', String(test.port)];
    const { status, stdout } = await runSsh(file, ['-G', ...user, ...port, '--', test.host ?? 'web']);
    runs.set(test, { file, status, dump: parseDump(stdout) });
  }

  async function resolveOurs(test: ConfigCase, file: string): Promise<SshHostConfig> {
    const config = await SshConfig.load(file, { env: TEST_ENV });
    return config.resolve({ host: test.host ?? 'web', username: test.username, port: test.port });
  }

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'hawser-ssh-config-'));
    await chmod(root, 0o700);
    const empty = { name: 'defaults', config: '' };
    await ask(empty, 0);
    defaults = runs.get(empty)?.dump ?? {};
    const all = [...accepted, ...refused];
    for (let start = 0; start < all.length; start += GROUP) {
      await Promise.all(all.slice(start, start + GROUP).map((test, offset) => ask(test, 1 + start + offset)));
    }
  });

  afterAll(() => rm(root, { recursive: true, force: true }));

  it.each(accepted)('agrees about $name', async (test) => {
    const run = runs.get(test);
    expect(run?.status).toBe(0);
    const ours = dumpOurs(await resolveOurs(test, run?.file ?? ''), defaults);
    expect(ours).toEqual(normalizeDump(run?.dump ?? {}));
  });

  it.each(refused)('refuses $name, as ssh does', async (test) => {
    const run = runs.get(test);
    expect(run?.status).not.toBe(0);
    const error = await resolveOurs(test, run?.file ?? '').then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ParseError);
    expect(error).toMatchObject({ line: test.line, file: expect.stringContaining(root) });
  });

  it('expands the files of IdentityFile and the ProxyCommand as ssh does when it connects', async () => {
    const directory = join(root, 'expanded');
    const file = await write(directory, {
      name: 'tokens',
      config: [
        'HostName web.example',
        'User bob',
        'Port 2201',
        'HostKeyAlias Key.Example',
        'IdentityFile ~/k-%u-%i-%%-%h-%n-%p-%r-%k',
        'IdentityFile %d/%C',
        'IdentityFile /k/%l/%L',
        `IdentityFile \${HAWSER_TEST_DIR}/id`,
        'ProxyCommand false %h %p %r %n %%',
      ].join('\n'),
    });
    const { stderr } = await runSsh(file, ['-v', '--', 'web']);
    const identities = [...stderr.matchAll(/identity file (.*) type -?\d+$/gm)].map(([, path]) => path);
    const command = /Executing proxy command: exec (.*?)\r?$/m.exec(stderr)?.[1];
    const ours = (await SshConfig.load(file, { env: TEST_ENV })).resolve({ host: 'web' });
    expect(ours.identityFiles).toEqual(identities.filter((path) => path?.endsWith('-cert') === false));
    expect(ours.proxyCommand).toBe(command);
  });
});
