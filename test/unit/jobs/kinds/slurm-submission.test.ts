import { describe, expect, it } from 'vitest';
import { slurm } from '../../../../src/jobs/kinds/slurm.js';
import { answered, failed } from './answers.js';

const POLICY =
  "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)";

describe('an answer of sbatch', () => {
  it.each([
    ['12\n', '12'],
    ['12;cluster\n', '12'],
    ['sbatch: Welcome, job 7 of you\n12\n', '12'],
  ])('%j has the id', (stdout, id) => {
    expect(slurm.readSubmit(answered(stdout))).toEqual({ id });
  });

  it.each([
    ['sbatch: error: AssocMaxSubmitJobLimit', POLICY],
    ['sbatch: error: QOSMaxSubmitJobPerUserLimit', POLICY],
    ['sbatch: error: QOSGrpSubmitJobsLimit', POLICY],
    [
      'sbatch: error: Slurm temporarily unable to accept job, sleeping and retrying',
      'sbatch: error: Batch job submission failed: Resource temporarily unavailable',
    ],
  ])('%s: it is tried again later', (...lines) => {
    expect(slurm.readSubmit(failed(lines.join('\n')))).toEqual({ refused: lines.join(' / '), again: true });
  });

  it.each<[string, number?]>([
    [`sbatch: error: QOSMaxCpuPerJobLimit\n${POLICY}`],
    ['sbatch: error: invalid partition specified: nopart'],
    ['sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified'],
    ['sbatch: error: Batch job submission failed: Invalid qos specification'],
    ['sbatch: error: Batch job submission failed: Invalid node name specified'],
    ['sbatch: error: Batch job submission failed: Invalid job array specification'],
    ['sbatch: error: Batch job submission failed: Invalid license specification'],
    ['sbatch: error: Batch job submission failed: Requested node configuration is not available'],
    ['sbatch: error: Batch job submission failed: Unspecified error'],
    ['sbatch: error: Invalid generic resource (gres) specification'],
    ['sbatch: error: Invalid --mem specification', 255],
    ['sbatch: error: Invalid --time specification', 255],
    ['sbatch: error: Invalid numeric value "x" for --ntasks.', 255],
    ["sbatch: unrecognized option '--nonsense'", 255],
    ['sbatch: error: Unable to open file nofile.sh'],
    ['sbatch: error: This does not look like a batch script.  The first'],
    ['sbatch: error: Batch script contains DOS line breaks (\\r\\n)'],
    ['sbatch: fatal: Unable to process configuration file'],
    ['bash: line 1: sbatch: command not found', 127],
    ['sh: 1: cannot create .hawser/x/output: No space left on device', 73],
  ])('%s: it is refused', (stderr, status) => {
    expect(slurm.readSubmit(failed(stderr, status))).toEqual({ refused: expect.any(String), again: false });
  });

  it.each([
    failed('sbatch: error: Batch job submission failed: Socket timed out on send/recv operation'),
    failed('sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)'),
    failed('sbatch: error: Batch job submission failed: Zero Bytes were transmitted or received'),
    failed('sbatch: error: Batch job submission failed: Something that nobody knows'),
    failed(`${POLICY}\nsbatch: error: Socket timed out on send/recv operation`),
    failed(''),
    answered('', { status: null }),
    answered('12\n', { status: null }),
    answered('12\n', { status: 1, stderr: POLICY }),
    answered('Submitted\n'),
    answered(''),
  ])('%j does not tell what became of the job', (answer) => {
    expect(slurm.readSubmit(answer)).toEqual({ unclear: expect.stringMatching(/./) });
  });
});
