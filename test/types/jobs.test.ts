import { expect, expectTypeOf, it } from 'vitest';
import { HawserError, JobError, sessions, type TransferSummary } from '../../src/index.js';
import {
  getScheduler,
  type Job,
  JobError as JobErrorOfJobs,
  type JobErrorReason,
  type JobResult,
  type JobSpec,
  type JobState,
  type JobStateName,
  Machine,
  type MachineReport,
  type Queue,
  registerScheduler,
  type Scheduler,
  type SchedulerKind,
  type SchedulerOptions,
  type SubmitOutcome,
} from '../../src/jobs/index.js';

it('a JobError is the same one, from wherever it is imported', () => {
  expect(JobErrorOfJobs).toBe(JobError);
  expect(new JobError('refused', 'no')).toBeInstanceOf(HawserError);
});

it('a scheduler is made of a machine or a queue, with options that may be undefined', () => {
  expectTypeOf(getScheduler).parameter(0).toEqualTypeOf<Machine | Queue>();
  expectTypeOf(getScheduler).returns.toEqualTypeOf<Scheduler>();
  const given = (journal: string | undefined, pollInterval: number | undefined): SchedulerOptions => {
    return { journal, pollInterval, pollFloor: undefined, grace: undefined, sessions: undefined };
  };
  expectTypeOf(given).toBeFunction();
  expectTypeOf(sessions).toExtend<NonNullable<SchedulerOptions['sessions']>>();
  // @ts-expect-error An interval is a number of milliseconds.
  const wrong: SchedulerOptions = { pollInterval: '30s' };
  void wrong;
});

it('a job is submitted by what it is, and given once the scheduler has it', () => {
  expectTypeOf<ReturnType<Scheduler['submit']>>().toEqualTypeOf<Promise<Job>>();
  expectTypeOf<ReturnType<Scheduler['attach']>>().toEqualTypeOf<Promise<Job>>();
  expectTypeOf<ReturnType<Scheduler['scan']>>().toEqualTypeOf<Promise<Job[]>>();
  expectTypeOf<ReturnType<Scheduler['status']>>().toEqualTypeOf<Promise<Map<string, JobState>>>();
  expectTypeOf<ReturnType<Scheduler['run']>>().toEqualTypeOf<Promise<JobResult>>();
  const submit = (scheduler: Scheduler, again: boolean | undefined, signal: AbortSignal | undefined): void => {
    const inputs = { 'a.in': 'text', 'b.in': new Uint8Array(2), tree: { local: 'inputs' } } as const;
    const spec = { name: 'si', directory: 'si', command: 'pw.x', inputs, outputs: ['*.out'] } as const;
    void scheduler.submit(spec, { resubmit: again, signal });
    void scheduler.run(spec, {
      resubmit: again,
      signal,
      timeout: undefined,
      local: again === true ? false : undefined,
    });
    void scheduler.submitAll([spec], { maxQueued: undefined, signal });
    // @ts-expect-error A job has a command.
    void scheduler.submit({ name: 'si', directory: 'si' });
    // @ts-expect-error What is left out says nothing, and what is undefined may be a slip.
    const slip: JobSpec = { ...spec, walltime: undefined };
    // @ts-expect-error Its walltime is a number of milliseconds.
    const text: JobSpec = { ...spec, walltime: '2h' };
    void [slip, text];
  };
  expectTypeOf(submit).toBeFunction();
});

it('many jobs have an outcome each, with a job or an error', () => {
  expectTypeOf<ReturnType<Scheduler['submitAll']>>().toEqualTypeOf<Promise<SubmitOutcome[]>>();
  expectTypeOf<SubmitOutcome['job']>().toEqualTypeOf<Job | undefined>();
  expectTypeOf<SubmitOutcome['error']>().toEqualTypeOf<HawserError | undefined>();
});

it('the states of a job have their names, and its result is its last state', () => {
  expectTypeOf<JobStateName>().toEqualTypeOf<
    | 'staged'
    | 'submitting'
    | 'submit-unknown'
    | 'queued'
    | 'running'
    | 'done'
    | 'failed'
    | 'cancelled'
    | 'timeout'
    | 'lost'
    | 'unknown'
  >();
  expectTypeOf<JobState['state']>().toEqualTypeOf<JobStateName>();
  expectTypeOf<JobResult>().toExtend<JobState>();
  expectTypeOf<JobResult['ok']>().toEqualTypeOf<boolean>();
  expectTypeOf<JobResult['exitStatus']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<JobResult['retrieved']>().toEqualTypeOf<TransferSummary | undefined>();
  expectTypeOf<Job['id']>().toEqualTypeOf<string>();
  expectTypeOf<ReturnType<Job['status']>>().toEqualTypeOf<Promise<JobState>>();
  expectTypeOf<ReturnType<Job['wait']>>().toEqualTypeOf<Promise<JobResult>>();
  expectTypeOf<ReturnType<Job['output']>>().toEqualTypeOf<Promise<string>>();
  expectTypeOf<ReturnType<Job['retrieve']>>().toEqualTypeOf<Promise<TransferSummary>>();
});

it('a JobError is narrowed to by its class, and then by its reason', () => {
  const what = (error: HawserError): string | undefined => {
    if (!(error instanceof JobError)) return undefined;
    expectTypeOf(error.reason).toEqualTypeOf<JobErrorReason>();
    switch (error.reason) {
      case 'refused':
      case 'unknown-submission':
      case 'directory-busy':
      case 'key-taken':
      case 'not-cancelled':
        return error.why;
      case 'not-found':
      case 'bad-record':
        return error.jobKey;
    }
  };
  expect(what(new JobError('refused', 'no', { why: 'full' }))).toBe('full');
  // @ts-expect-error There is no such reason.
  const wrong: JobErrorReason = 'late';
  void wrong;
});

it('a machine has the fields of its file, and its queue gives it back', () => {
  expectTypeOf<Machine['execution']>().toEqualTypeOf<'local' | 'remote'>();
  expectTypeOf<Machine['scheduler']>().toEqualTypeOf<string>();
  expectTypeOf<Machine['workdir']>().toEqualTypeOf<string>();
  expectTypeOf<Machine['host']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Machine['walltime']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<ReturnType<Machine['toQueue']>>().toEqualTypeOf<Queue>();
  expectTypeOf<ReturnType<Machine['test']>>().toEqualTypeOf<Promise<MachineReport>>();
  const machine = new Machine({ name: 'hpc', host: 'hpc', workdir: '~/runs', walltime: '2:00:00' });
  expect(Machine.fromQueue(machine.toQueue()).record).toEqual(machine.record);
  const wrong = (): void => {
    // @ts-expect-error A machine has a workdir.
    new Machine({ name: 'hpc', host: 'hpc' });
    // @ts-expect-error Its fields are its own: another one is made of them.
    machine.workdir = '~/elsewhere';
  };
  expectTypeOf(wrong).toBeFunction();
});

it('a further kind of scheduler is an object of lines and readers, which can be taken away again', () => {
  const kind: SchedulerKind = {
    name: 'pbs-of-types',
    idVariable: 'PBS_JOBID',
    directives: (job) => [`#PBS -N ${job.name}`],
    submitLine: (job) => `qsub ${job.record}/script`,
    idFilter: 'cat',
    readSubmit: ({ status, stdout }) => (status === 0 ? { id: stdout.trim() } : { unclear: 'it said nothing' }),
    queueLine: () => 'qstat',
    readQueue: () => ({ jobs: new Map<string, JobState>([['1', { state: 'queued' }]]) }),
    findLine: () => 'qstat -f',
    readFind: () => ({ ids: [] }),
    cancelLine: (id) => `qdel ${id}`,
    readCancel: () => undefined,
    probeLine: 'qstat --version',
    readProbe: () => ({ version: '1' }),
  };
  expectTypeOf(registerScheduler).toEqualTypeOf<(kind: SchedulerKind) => () => void>();
  const forget = registerScheduler(kind);
  expect(() => registerScheduler(kind)).toThrow('already');
  forget();
  registerScheduler(kind)();
  // @ts-expect-error A state has a name that is known.
  const wrong: SchedulerKind = { ...kind, readQueue: () => ({ jobs: new Map([['1', { state: 'asleep' }]]) }) };
  void wrong;
});
