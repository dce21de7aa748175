import type { TransferSummary } from '../core/transfer-summary.js';
import type { JobState } from './job-state.js';

/** How a job ended: its last state, and what it was. Plain data. */
export interface JobResult extends JobState {
  /** The scheduler's id. */
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly directory: string;
  /** The machine's name. */
  readonly machine: string;
  /** Whether it ended well: its state is `done`. */
  readonly ok: boolean;
  /** How long it ran by the machine's clock, where both ends are known, in milliseconds. */
  readonly durationMs?: number;
  /** Of `run`: what was fetched. */
  readonly retrieved?: TransferSummary;
}
