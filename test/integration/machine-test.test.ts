import { access, chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { AbortError } from '../../src/core/errors.js';
import type { MachineFields } from '../../src/inventory/machines/machine-record.js';
import { Machine } from '../../src/jobs/machine.js';
import type { MachineCheckName, MachineReport } from '../../src/jobs/machine-report.js';
import { SessionCache } from '../../src/session/session-cache.js';
import { describeReal, type Sshd, startSshd } from '../rigs/rigs.js';

const SFTP_SERVER = '/usr/lib/openssh/sftp-server';
const TCSH = '/usr/bin/tcsh';
const there = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
const hasTcsh = await there(TCSH);
if (!hasTcsh) console.warn(`SKIPPED machine.test() with a csh: ${TCSH} is not installed`);

/** What start-up files print in these tests. */
const NOISE = { stdout: 'Welcome to the cluster!\n', stderr: 'module: 3 loaded\n' };

/** The checks of a report that are not ok, and whether they were looked at. */
function failures({ checks }: MachineReport): readonly (readonly [MachineCheckName, 'failed' | 'skipped'])[] {
  return checks.flatMap(({ name, ok, skipped }) =>
    ok ? [] : [[name, skipped === true ? 'skipped' : 'failed'] as const],
  );
}

describeReal(['sshd'], 'machine.test()', () => {
  let sshd: Sshd;
  let homes: string;
  let sessions: SessionCache;

  /** Has an account log in to another shell, in a home of its own with start-up files: sshd runs `shell -c command`. */
  function loginTo(user: string, shell: string, path = '$PATH'): string {
    const home = join(homes, user);
    const begin = `export HOME=${home} SHELL=${shell} PATH=${path}; cd`;
    const sftp = `internal-sftp) exec ${SFTP_SERVER} ;;`;
    return `Match User ${user}\n  ForceCommand ${begin}; case $SSH_ORIGINAL_COMMAND in ${sftp} *) exec ${shell} -c "$SSH_ORIGINAL_COMMAND" ;; esac`;
  }

  beforeAll(async () => {
    homes = await mkdtemp(join(tmpdir(), 'hawser-homes-'));
    await chmod(homes, 0o755);
    const files: Readonly<Record<string, string>> = {
      'hawser-test2/.bashrc': `echo 'Welcome to the cluster!'; echo 'module: 3 loaded' >&2\n`,
      'hawser-test3/.cshrc': `echo 'Welcome to the cluster!'\nset noclobber\nalias rm 'rm -i'\n`,
      'hawser-test4/bin/date': '#!/bin/sh\necho $(($(/bin/date +%s) + 7200))\n',
    };
    for (const [file, text] of Object.entries(files)) {
      const path = join(homes, file);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, text, { mode: 0o755 });
    }
    for (const user of await readdir(homes)) await chmod(join(homes, user), 0o777);
    sshd = await startSshd({
      keys: ['ed25519'],
      users: 5,
      match: [
        loginTo('hawser-test2', '/bin/bash'),
        loginTo('hawser-test3', TCSH),
        loginTo('hawser-test4', '/bin/sh', `${homes}/hawser-test4/bin:$PATH`),
        'Match User hawser-test5\n  ForceCommand case $SSH_ORIGINAL_COMMAND in internal-sftp) exit 1 ;; esac; exec sh -c "$SSH_ORIGINAL_COMMAND"\n  MaxSessions 1',
      ].join('\n'),
    });
  });

  afterAll(async () => {
    await sshd?.stop();
    if (homes !== undefined) await rm(homes, { recursive: true });
  });

  beforeEach(() => {
    sessions = new SessionCache();
  });

  afterEach(() => sessions.closeAll());

  const machine = (user = sshd.user, fields: Partial<MachineFields> = {}): Machine =>
    new Machine({
      name: 'hpc',
      host: sshd.host,
      port: sshd.port,
      username: user,
      workdir: `${homes}/hawser-test2/shared runs`,
      auth: { privateKey: sshd.identity, knownHosts: sshd.knownHosts, sshConfig: false, agent: false },
      ...fields,
    });
  const detail = ({ checks }: MachineReport, name: MachineCheckName): string =>
    checks.find((check) => check.name === name)?.detail ?? '';

  it('finds all as it should be, over one login, and leaves nothing but the workdir', async () => {
    const before = await sshd.log();
    const told: string[] = [];
    const report = await machine(undefined, { workdir: `${homes}/hawser-test2/tasks/it's here` }).test({
      sessions,
      onCheck: ({ name }) => told.push(name),
    });
    expect(failures(report)).toEqual([]);
    expect(report).toMatchObject({ machine: 'hpc', ok: true, noiseBytes: 0, freeBytes: expect.any(Number) });
    expect(told).toEqual(report.checks.map(({ name }) => name));
    expect(told).toEqual([
      ...['reach', 'host key', 'login', 'shell', 'whoami', 'clock', 'workdir', 'space', 'files', 'scheduler'],
    ]);
    expect(detail(report, 'whoami')).toContain(`${sshd.user} on `);
    expect(detail(report, 'login')).toContain('publickey');
    expect(detail(report, 'workdir')).toBe(`${homes}/hawser-test2/tasks/it's here made`);
    const place = join(homes, "hawser-test2/tasks/it's here");
    expect(((await stat(place)).mode & 0o777).toString(8)).toBe('700');
    expect(await readdir(place)).toEqual([]);
    expect((await sshd.log()).slice(before.length).match(/Accepted publickey/g)).toHaveLength(1);
  });

  it('measures what a .bashrc prints, and is not disturbed by it', async () => {
    const report = await machine('hawser-test2', { workdir: '~/runs' }).test({ sessions });
    expect(failures(report)).toEqual([['shell', 'failed']]);
    expect(report.noiseBytes).toBe(NOISE.stdout.length + NOISE.stderr.length);
    expect(detail(report, 'shell')).toContain('24 bytes on stdout, 17 on stderr: Welcome to the cluster!');
    expect(detail(report, 'whoami')).toMatch(/^hawser-test2 on .*, home .*\/hawser-test2, shell \/bin\/bash$/);
  });

  it.skipIf(!hasTcsh)('gets along with a csh', async () => {
    const report = await machine('hawser-test3', { workdir: '~/runs with !bang' }).test({ sessions });
    expect(failures(report)).toEqual([['shell', 'failed']]);
    expect(report.noiseBytes).toBe(NOISE.stdout.length);
    expect(detail(report, 'whoami')).toMatch(/shell \/usr\/bin\/tcsh$/);
    expect(await readdir(join(homes, 'hawser-test3/runs with !bang'))).toEqual([]);
  });

  it('gets along without SFTP, and with one channel', async () => {
    const report = await machine('hawser-test5', { workdir: `${homes}/hawser-test4/open` }).test({ sessions });
    expect(failures(report)).toEqual([]);
    expect(detail(report, 'files')).toMatch(/there and back in .*\/open, through its shell: there is no SFTP$/);
  });

  it('measures how far the clocks are apart', async () => {
    const report = await machine('hawser-test4', { workdir: '~/runs' }).test({ sessions });
    expect(failures(report)).toEqual([['clock', 'failed']]);
    expect(Math.abs((report.skewMs ?? 0) - 7_200_000)).toBeLessThan(60_000);
    expect(detail(report, 'clock')).toMatch(/^\d+\.\d s ahead, within \d+ ms$/);
  });

  it('looks at the rest where nothing can be written in the workdir', async () => {
    const report = await machine(undefined, { workdir: '/etc' }).test({ sessions });
    expect(failures(report)).toEqual([
      ['workdir', 'failed'],
      ['space', 'skipped'],
    ]);
    expect(detail(report, 'workdir')).toBe('/etc cannot be written to: Permission denied');
    const missing = await machine(undefined, { workdir: '/etc/hawser/runs' }).test({ sessions });
    expect(detail(missing, 'workdir')).toContain('EACCES');
    const file = await machine(undefined, { workdir: '/etc/passwd/runs' }).test({ sessions });
    expect(failures(file).map(([name]) => name)).toEqual(['workdir', 'space']);
  });

  it('says which schedulers there are where the machine names none of them', async () => {
    const report = await machine(undefined, { scheduler: 'slrum' }).test({ sessions });
    expect(failures(report)).toEqual([['scheduler', 'failed']]);
    expect(detail(report, 'scheduler')).toMatch(/There is no scheduler "slrum".*Did you mean "slurm"\?/);
  });

  it('makes ready by envSetup, whatever that prints and even if it fails', async () => {
    const setup = 'echo noise; source /nonexistent; false; PATH=/nonexistent:$PATH';
    expect(failures(await machine(undefined, { envSetup: setup }).test({ sessions }))).toEqual([]);
  });

  it('goes no further than a host key that is not the one on record', async () => {
    const knownHosts = join(homes, 'known_hosts');
    const other = 'AAAAC3NzaC1lZDI1NTE5AAAAIGmocUsUMt1pJ7kCd9O3R2dFyTbSEVXvcjwIPIbBV8xC';
    await writeFile(knownHosts, `[${sshd.host}]:${sshd.port} ssh-ed25519 ${other}\n`);
    const { auth = {} } = machine().record;
    const report = await machine(undefined, { auth: { ...auth, knownHosts } }).test({ sessions });
    expect(failures(report).filter(([, how]) => how === 'failed')).toEqual([['host key', 'failed']]);
    expect(report.checks.filter(({ skipped }) => skipped)).toHaveLength(8);
    expect(detail(report, 'host key')).toContain('is not the one on record');
    const unknown = await machine(undefined, { auth: { ...auth, knownHosts: '/dev/null' } }).test({ sessions });
    expect(detail(unknown, 'host key')).toContain('hawser trust');
  });

  it('says where the way there ends', async () => {
    const { auth = {} } = machine().record;
    const stranger = await machine(undefined, {
      auth: { ...auth, privateKey: sshd.identities.stranger },
    }).test({ sessions });
    expect(failures(stranger)[0]).toEqual(['login', 'failed']);
    const nowhere = await machine(undefined, { port: 1 }).test({ sessions });
    expect(failures(nowhere)[0]).toEqual(['reach', 'failed']);
    const noKey = await machine(undefined, { auth: { ...auth, privateKey: '/nonexistent' } }).test({ sessions });
    expect(failures(noKey).filter(([, how]) => how === 'failed')).toHaveLength(1);
  });

  it('logs in with credentials that stand in no file', async () => {
    const { auth = {} } = machine().record;
    const fields = { ...machine(undefined, { auth: { ...auth, privateKey: [] } }).record };
    expect(failures(await new Machine(fields).test({ sessions }))[0]).toEqual(['login', 'failed']);
    const report = await new Machine(fields, { password: () => sshd.password }).test({ sessions });
    expect(failures(report)).toEqual([]);
    expect(detail(report, 'login')).toContain('password');
  });

  it('ends at once where its caller does not want it any more', async () => {
    const stop = new AbortController();
    const testing = machine().test({ sessions, signal: stop.signal, onCheck: () => stop.abort() });
    await expect(testing).rejects.toThrow(AbortError);
  });

  it("goes through the system's own ssh too, and looks at this machine", async () => {
    const { auth = {} } = machine().record;
    const own = await machine(undefined, { auth: { ...auth, protocol: 'openssh' } }).test({ sessions });
    expect(failures(own)).toEqual([]);
    const here = await new Machine({ name: 'here', workdir: join(homes, 'here') }).test({ sessions });
    expect(here.checks.map(({ name }) => name)).not.toContain('host key');
    expect(failures(here).filter(([name]) => name !== 'shell')).toEqual([]);
  });
});
