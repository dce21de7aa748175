export { JobError, type JobErrorReason } from '../core/job-error.js';
export type {
  MachineAuth,
  MachineFields,
  MachineRecord,
  MachineResources,
} from '../inventory/machines/machine-record.js';
export type { Queue, QueueAuth } from '../inventory/machines/queue.js';
export type { SessionSource } from './far-machine.js';
export { getScheduler, type SchedulerOptions } from './get-scheduler.js';
export { type FoundMachine, type FoundMachines, importMachines } from './import-machines.js';
export { Job, type RetrieveJobOptions, type WaitOptions } from './job.js';
export type { ScanOptions } from './job-index.js';
export type { JobMachine } from './job-machine.js';
export type { JobResult } from './job-result.js';
export type { JobInput, JobSpec, Resources } from './job-spec.js';
export type { JobState, JobStateName } from './job-state.js';
export { registerScheduler } from './kinds/registry.js';
export type {
  Answer,
  KindMachine,
  QueueAnswer,
  QueuedJob,
  SchedulerKind,
  SubmitAnswer,
} from './kinds/scheduler-kind.js';
export { type LoadMachineOptions, loadMachine } from './load-machine.js';
export { Machine, type MachineCredentials, type SaveMachineOptions } from './machine.js';
export { type ListedMachine, MachineDirectory, machinesDirectory } from './machine-directory.js';
export type { MachineCheck, MachineCheckName, MachineReport, MachineTestOptions } from './machine-report.js';
export { type RunJobOptions, Scheduler } from './scheduler.js';
export type { SubmitOptions } from './submission.js';
export type { SubmitAllOptions, SubmitOutcome } from './submit-all.js';
