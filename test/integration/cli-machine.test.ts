import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeReal, passphrase, startSshd } from '../rigs/rigs.js';
import { type Ended, hawser, onTerminal } from './hawser-process.js';

let home: string;
let machines: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hawser-cli-machine-'));
  machines = join(home, 'hawser', 'machines');
  await mkdir(machines, { recursive: true });
});

afterEach(() => rm(home, { recursive: true }));

const run = (...args: string[]): Promise<Ended> =>
  hawser(['machine', ...args], undefined, { XDG_CONFIG_HOME: home, HOME: home });

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(machines, name), text);
}

const HPC = 'host: login.hpc.example\nport: 2222\nusername: ada\nscheduler: slurm\nworkdir: ~/runs\n';

describe('hawser machine', () => {
  it('lists machines, the default with a *, and one that cannot be read with its fault', async () => {
    await put({ 'hpc.yaml': HPC, 'machines.yaml': 'default: hpc\nmachines: {here: {workdir: /w}, bad: {}}\n' });
    const { status, stdout, stderr } = await run('list');
    expect(stdout.split('\n')).toEqual([
      'MACHINE  WHERE                       SCHEDULER  WORKDIR',
      'bad      ✗ ~/hawser/machines/machines.yaml:2:38: Cannot read the machine bad: machines.bad: ' +
        'Expected the field `workdir`, such as ~/runs',
      'here     this machine                direct     /w',
      'hpc *    ada@login.hpc.example:2222  slurm      ~/runs',
      '',
    ]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
    const { machines: listed } = JSON.parse((await run('list', '--json')).stdout);
    expect(listed).toMatchObject([
      { name: 'bad', error: { code: 'ERR_HAWSER_PARSE' } },
      { name: 'here', default: false, machine: { execution: 'local' } },
      { name: 'hpc', default: true, file: join(machines, 'hpc.yaml'), machine: { host: 'login.hpc.example' } },
    ]);
  });

  it('says how to begin where there is none', async () => {
    const { status, stdout, stderr } = await run('list');
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain(
      'There are no machines in ~/hawser/machines. hawser machine --help says how to write one.',
    );
    expect(JSON.parse((await run('list', '--json')).stdout)).toEqual({ version: 1, machines: [] });
  });

  it('shows a machine as it is understood, but for what looks secret', async () => {
    await put({ 'hpc.yaml': `${HPC}env: {API_TOKEN: hunter2, N: 1}\n` });
    const { status, stdout } = await run('show');
    expect(status).toBe(0);
    expect(stdout).toContain('# ~/hawser/machines/hpc.yaml\nname: hpc\nexecution: remote\nscheduler: slurm\n');
    const { stdout: json } = await run('show', 'hpc', '--json');
    expect(JSON.parse(json)).toMatchObject({ version: 1, machine: { name: 'hpc', env: { N: '1' } } });
    for (const text of [stdout, json]) expect(text).not.toContain('hunter2');
  });

  it('says what there is where it is asked for another, and asks nothing', async () => {
    await put({ 'hpc.yaml': HPC });
    const wrong = await run('show', 'hcp');
    expect(wrong).toMatchObject({ status: 2, stdout: '' });
    expect(wrong.stderr).toContain('There is no machine "hcp"');
    expect(wrong.stderr).toContain('Machines there: hpc. Did you mean "hpc"?');
    expect(await run('show', '../hpc')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('The name of a machine is made of letters'),
    });
  });

  it('takes over machines of xespresso, and leaves what is there', async () => {
    const xespresso = join(home, '.xespresso');
    await mkdir(join(xespresso, 'machines'), { recursive: true });
    const remote = { execution: 'remote', host: 'h', username: 'u', workdir: '/w', launcher: 'srun --mpi=pmi2' };
    const shared = { default: 'hpc', machines: { here: { workdir: '/here' }, bad: { launcher: 'mpirun' } } };
    await writeFile(join(xespresso, 'machines.json'), JSON.stringify(shared));
    await writeFile(join(xespresso, 'machines', 'hpc.json'), JSON.stringify(remote));

    const dry = await run('import', '--dry-run');
    expect(dry.stdout).toMatch(
      /^hpc {3}to ~\/hawser\/machines\/hpc\.yaml\nhere {2}to .*\nbad {3}✗ .*launcher: Expected/,
    );
    expect(await readdir(machines)).toEqual([]);

    const { status, stdout, stderr } = await run('import');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^hpc {3}in ~\/hawser\/machines\/hpc\.yaml\nhere {2}in .*\nbad {3}✗ /);
    expect(stderr).toContain('the launcher is "srun -n {nprocs} --mpi=pmi2" now');
    expect(stderr).toContain('hpc is meant where no machine is named.');
    expect(await readdir(machines)).toEqual(['here.yaml', 'hpc.yaml', 'machines.yaml']);
    expect(((await stat(join(machines, 'hpc.yaml'))).mode & 0o777).toString(8)).toBe('600');

    await writeFile(join(machines, 'hpc.yaml'), 'workdir: /mine\n');
    const file = join(xespresso, 'machines', 'hpc.json');
    const again = await run('import', file);
    expect(again).toMatchObject({ status: 1, stdout: expect.stringContaining('--force replaces it') });
    expect(await readFile(join(machines, 'hpc.yaml'), 'utf8')).toBe('workdir: /mine\n');
    expect(await run('import', file, '--force')).toMatchObject({ status: 0 });
    const { machine } = JSON.parse((await run('show', '--json')).stdout);
    expect(machine).toMatchObject({ name: 'hpc', host: 'h', launcher: 'srun -n {nprocs} --mpi=pmi2', nprocs: 1 });
  });

  it('tests this machine, and goes on after one that cannot be read', async () => {
    await put({ 'here.yaml': `workdir: ${home}/runs\n`, 'bad.yaml': 'workdir: ..\n' });
    const { status, stdout, stderr } = await run('test', '--all');
    expect(status).toBe(1);
    expect(stdout).toMatch(/^bad {3}✗ ~\/hawser\/machines\/bad\.yaml:1:10: /);
    expect(stdout).toMatch(/^here {2}✓ reach {6}this machine/m);
    expect(stdout).toMatch(/^ {6}✓ files {6}293 KiB there and back in ~\/runs/m);
    expect(stderr).toContain('here: ');
    const { machines: reports } = JSON.parse((await run('test', '--all', '--json')).stdout);
    expect(reports).toMatchObject([
      { machine: 'bad', ok: false, error: { code: 'ERR_HAWSER_PARSE' } },
      { machine: 'here', checks: expect.arrayContaining([expect.objectContaining({ name: 'scheduler', ok: true })]) },
    ]);
  });
});

describeReal(['sshd'], 'hawser machine test', () => {
  it('asks for the passphrase of a key, and says what is wrong and what to do', async () => {
    await using sshd = await startSshd({ keys: ['ed25519'] });
    const { identities, knownHosts, port, user } = sshd;
    const auth = `{privateKey: ${identities.lockedEd25519}, knownHosts: ${knownHosts}, agent: false, sshConfig: false}`;
    await put({ 'hpc.yaml': `host: 127.0.0.1\nport: ${port}\nusername: ${user}\nworkdir: /etc\nauth: ${auth}\n` });
    const asked = await onTerminal(
      ['machine', 'test', 'hpc', '--color', 'never'],
      [['Passphrase of the private key', passphrase]],
      { XDG_CONFIG_HOME: home },
    );
    expect(asked).toMatch(/hpc {2}✓ reach/);
    expect(asked).toMatch(/✗ workdir {4}\/etc cannot be written to: Permission denied\r?\n {18}→ choose a `workdir`/);
    expect(asked).toContain('hpc: 1 check failed, 1 not looked at');
  });
});
