import { checkTimeout } from '../core/deadline.js';
import { OptionError } from '../core/hawser-error.js';
import { Limiter } from '../core/limiter.js';
import type { Queue } from '../inventory/machines/queue.js';
import { sessions as shared } from '../session/sessions.js';
import { FarMachine, type SessionSource } from './far-machine.js';
import type { JobMachine } from './job-machine.js';
import { Journal, journalDirectory } from './journal.js';
import { schedulerKind } from './kinds/registry.js';
import { Machine } from './machine.js';
import { Scheduler } from './scheduler.js';
import { SchedulerDesk } from './scheduler-desk.js';
import { type PollPace, StatusPoller } from './status-poller.js';
import { Turns } from './turns.js';

/** Options of {@link getScheduler}. */
export interface SchedulerOptions {
  /** Where connections come from. Default: the process's own `sessions`. */
  readonly sessions?: SessionSource | undefined;
  /** The directory of the journals, one for each machine. Default `$XDG_STATE_HOME/hawser/jobs`, `~/.local/state/…`. */
  readonly journal?: string | undefined;
  /**
   * From one question about jobs to the next while somebody waits for them, in milliseconds; never below `pollFloor`.
   * Default 30,000; where there is no scheduler to spare (`direct`) 5,000, and 1,000 on this machine.
   */
  readonly pollInterval?: number | undefined;
  /** The least time between two questions, whoever asks, in milliseconds. Default 5,000; `direct` on this machine 1,000. */
  readonly pollFloor?: number | undefined;
  /** How long a job has to be missing from the queue before it may be called `lost`, in milliseconds. Default 60,000. */
  readonly grace?: number | undefined;
}

const INTERVAL = 30_000;
const FLOOR = 5000;
const LOCAL = 1000;
const GRACE = 60_000;
/** How many submissions a machine has to bear at once. */
const SUBMISSIONS = 8;

/** What schedulers of one machine share in one process. */
interface Shared {
  /** The one that was made last: its credentials are the newest. */
  desk: SchedulerDesk;
  readonly poller: StatusPoller;
  readonly turns: Turns;
  readonly submissions: Limiter;
}

/** By the cache that their sessions are from, and by machine. */
const sharedBy = new WeakMap<SessionSource, Map<string, Shared>>();

/**
 * The scheduler of a machine. It opens nothing. Those of one machine share its session, and the questions about its jobs.
 *
 * @throws OptionError for an unknown kind of scheduler, and for what cannot be meant.
 */
export function getScheduler(machine: Machine | Queue, o: SchedulerOptions = {}): Scheduler {
  const whole: JobMachine = machine instanceof Machine ? machine : Machine.fromQueue(machine);
  const kind = schedulerKind(whole.scheduler);
  const sessions = o.sessions ?? shared;
  const pace = paceOf(whole, o);
  const grace = milliseconds('grace', o.grace) ?? GRACE;
  const far = new FarMachine(whole, sessions);
  const desk = new SchedulerDesk({ far, kind, envSetup: whole.envSetup, grace });
  const place = placeName(whole);
  const common = share(sessions, [whole.name, place, kind.name, pace, grace, whole.envSetup], desk, pace);
  return new Scheduler({
    machine: whole,
    desk,
    journal: new Journal(o.journal ?? journalDirectory(), whole.name),
    place,
    poller: common.poller,
    turns: common.turns,
    submissions: common.submissions,
  });
}

function share(sessions: SessionSource, key: readonly unknown[], desk: SchedulerDesk, pace: PollPace): Shared {
  const machines = sharedBy.get(sessions) ?? new Map<string, Shared>();
  sharedBy.set(sessions, machines);
  const name = JSON.stringify(key);
  const known = machines.get(name);
  if (known !== undefined) {
    known.desk = desk;
    return known;
  }
  const common: Shared = {
    desk,
    poller: new StatusPoller(desk.far.name, pace, (jobs, signal) => common.desk.look(jobs, { signal })),
    turns: new Turns(),
    submissions: new Limiter(SUBMISSIONS, 'submission'),
  };
  machines.set(name, common);
  return common;
}

function paceOf({ target, scheduler }: JobMachine, o: SchedulerOptions): PollPace {
  const isSpared = scheduler !== 'direct';
  const isHere = target === undefined && !isSpared;
  const floor = milliseconds('pollFloor', o.pollFloor) ?? (isHere ? LOCAL : FLOOR);
  const usual = Math.max(isSpared ? INTERVAL : floor, floor);
  const interval = milliseconds('pollInterval', o.pollInterval) ?? usual;
  if (interval >= floor) return { interval, floor };
  throw new OptionError(
    `Expected the \`pollInterval\` option to be no less than \`pollFloor\`, ${floor} ms, got ${interval}.`,
  );
}

/** A time that may be 0. */
function milliseconds(name: string, value: number | undefined): number | undefined {
  return value === 0 ? 0 : checkTimeout(name, value);
}

/** Which machine and directory it is, without a secret. */
function placeName({ target, workdir }: JobMachine): string {
  if (target === undefined) return `local ${workdir}`;
  if (typeof target === 'string') return `${target} ${workdir}`;
  const { host } = target;
  const { username, port } = 'port' in target ? target : { username: undefined, port: undefined };
  return `${username ?? ''}@${host}:${port ?? ''} ${workdir}`;
}
