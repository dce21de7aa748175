import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import {
  describeReal,
  remoteProcesses,
  runSsh,
  type SshServer,
  startGridEngine,
  startSlurm,
  waitUntil,
} from '../rigs/rigs.js';

async function say(server: SshServer, command: string): Promise<string> {
  const { stdout } = await runSsh(server, command);
  return stdout.trim();
}

describeReal(['slurm', 'ssh'], 'the Slurm rig', () => {
  it('keeps its jobs while slurmctld is away, and goes with all of them', async () => {
    const slurm = await startSlurm();
    const word = `sleep 1${String(process.pid).padStart(8, '0')}`;
    const submit = `cd /tmp && sbatch --parsable -o /dev/null --wrap 'cd ${dirname(slurm.conf)} && hostname && exec ${word}'`;
    const id = await say(slurm.sshd, submit);
    await waitUntil(
      'the job to run',
      async () => (await remoteProcesses(word)).some(({ args }) => args === word),
      30_000,
    );
    await slurm.controllerDown();
    expect(await say(slurm.sshd, 'scontrol ping')).toContain('is DOWN');
    expect(await remoteProcesses(word)).not.toEqual([]);
    await slurm.controllerUp();
    expect(await say(slurm.sshd, 'squeue -h -o "%i %T"')).toBe(`${id} RUNNING`);
    await slurm.stop();
    expect(await remoteProcesses(word)).toEqual([]);
    expect(await remoteProcesses(dirname(slurm.conf))).toEqual([]);
    await expect(access(slurm.conf)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describeReal(['gridengine', 'ssh'], 'the Grid Engine rig', () => {
  it('runs jobs, and goes with all of them', async () => {
    const cell = await startGridEngine();
    const word = `sleep 2${String(process.pid).padStart(8, '0')}`;
    const submit = `cd /tmp && echo 'exec ${word}' | qsub -terse -S /bin/sh -j y -o /dev/null`;
    expect(await say(cell.sshd, submit)).toBe('1');
    await waitUntil(
      'the job to run',
      async () => (await remoteProcesses(word)).some(({ args }) => args === word),
      30_000,
    );
    const root = await say(cell.sshd, 'echo "$SGE_ROOT"');
    await cell.stop();
    expect(await remoteProcesses(word)).toEqual([]);
    await expect(access(root)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
