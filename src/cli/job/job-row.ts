import { isFinal, type JobState, type JobStateName } from '../../jobs/job-state.js';
import { oneLine } from '../terminal/text.js';

/** A job as it is shown: what it is, and how it stands. Plain data: what `--json` gives. */
export interface JobRow extends JobState {
  /** The machine's name. */
  readonly machine: string;
  /** The scheduler's id; `undefined` where nobody knows it. */
  readonly id?: string;
  readonly key: string;
  readonly name: string;
  /** Its directory, below the machine's `workdir`. */
  readonly directory: string;
  /** When it was made, by the clock of who submitted it: milliseconds since 1970. */
  readonly createdAt: number;
}

/** What a row is made of: a job of the library. */
export interface ShownJob extends Pick<JobRow, 'machine' | 'key' | 'name' | 'directory' | 'createdAt'> {
  /** Empty while nobody knows it. */
  readonly id: string;
}

/** The row of a job. */
export function rowOf({ machine, id, key, name, directory, createdAt }: ShownJob, state: JobState): JobRow {
  return { machine, ...(id === '' ? {} : { id }), key, name, directory, createdAt, ...state };
}

/** The id of a process that runs directly on a machine holds more than anybody wants to read: its number comes first. */
const PROCESS = /^([1-9]\d{0,9}):[\w-]+:[\w-]+:[\w.-]+$/;

/** What an id is called where people read it, and where they give it back. */
export function shortId(id: string): string {
  return PROCESS.exec(id)?.[1] ?? id;
}

/** What a job is called in a sentence: its id, else its key. */
export function nameOfJob({ id = '', key }: Pick<JobRow, 'id' | 'key'>): string {
  return oneLine(id === '' ? key : shortId(id));
}

/** Rows by machine, those that were made first before those that were made later. */
export function inOrder(rows: readonly JobRow[]): readonly JobRow[] {
  const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  return rows.toSorted((a, b) => byText(a.machine, b.machine) || a.createdAt - b.createdAt || byText(a.key, b.key));
}

const UNCLEAR: ReadonlySet<JobStateName> = new Set(['submit-unknown', 'unknown', 'lost']);

/** Whether nobody knows how the job really stands. */
export function isUnclear(state: JobStateName): boolean {
  return UNCLEAR.has(state);
}

/** How long it waited, in milliseconds; `undefined` where that is not known. */
export function waitedFor(row: JobRow, now: number): number | undefined {
  const { state, queuedAt = row.createdAt, startedAt, endedAt } = row;
  const until = startedAt ?? endedAt ?? (isFinal(state) || isUnclear(state) ? undefined : now);
  return until === undefined ? undefined : until - queuedAt;
}

/** How long it ran, or has been running, in milliseconds; `undefined` where that is not known. */
export function ranFor({ state, startedAt, endedAt }: JobRow, now: number): number | undefined {
  if (startedAt === undefined) return undefined;
  const until = endedAt ?? (state === 'running' ? now : undefined);
  return until === undefined ? undefined : until - startedAt;
}
