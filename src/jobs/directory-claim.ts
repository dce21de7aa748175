import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Connection } from '../connection/connection.js';
import { type Abortable, throwIfAborted } from '../core/abort.js';
import { pause } from '../core/deadline.js';
import { JobError } from '../core/job-error.js';
import { askShell } from '../remote/batch/ask-shell.js';
import type { FarRecord } from '../remote/batch/far-record.js';
import {
  type DirectoryHolder,
  parseTaken,
  releaseDirectory,
  type TakenDirectory,
  takeDirectory,
} from '../remote/batch/take-directory.js';
import type { JobIndex } from './job-index.js';
import { OWN, placeBeside } from './job-place.js';
import type { JobPlan } from './job-plan.js';
import type { SchedulerDesk } from './scheduler-desk.js';

/** How long another job may be about to begin before it counts as one that has, in milliseconds, and how often it is looked. */
const PATIENCE = 15_000;
const STEP = 100;
/** For giving a directory back, in milliseconds. */
const RELEASING = 3000;

/** The claims of this process whose submissions are under way. */
const underWay = new Set<string>();

/** What a {@link DirectoryClaim} works with. */
export interface ClaimTools {
  readonly desk: SchedulerDesk;
  readonly index: JobIndex;
}

/**
 * The right of one submission to have its job work in its directory: of all jobs that are submitted there at the same time, by
 * whomever, one is, and no other while that has not ended. How, `takeDirectory` tells.
 *
 * Nobody waits for one who was killed: a directory is taken from who has not submitted, and whose process is gone (where that can
 * be told, since it was one of this machine), or who has not been heard of for a quarter of an hour.
 */
export class DirectoryClaim {
  readonly #tools: ClaimTools;
  readonly #plan: JobPlan;
  /** Names this submission. */
  readonly #id = randomBytes(8).toString('hex');
  #times = 0;
  #taken: string | undefined;

  constructor(tools: ClaimTools, plan: JobPlan) {
    this.#tools = tools;
    this.#plan = plan;
  }

  /**
   * Takes the directory, or finds that the job has it already.
   *
   * @returns by which claim: what is to happen in the directory looks whether that still stands.
   * @throws JobError (`directory-busy`) where another job has it; what asking the machine throws.
   */
  async take(o: Abortable = {}): Promise<string> {
    const { desk } = this.#tools;
    const { place, spec } = this.#plan;
    underWay.add(this.#id);
    const since = performance.now();
    let over: string | undefined;
    for (;;) {
      throwIfAborted(o.signal, `submitting "${spec.name}"`, desk.far.name);
      const own = this.#holder();
      const seen = await this.#look(own, over, o);
      const { holder = own } = seen;
      const { coming, over: ended } = await this.#judge(seen, o);
      if (coming === undefined) {
        if (holder.slug === place.slug) {
          this.#taken = holder.claim;
          return holder.claim;
        }
        if (!seen.stale && !ended.has(holder.slug) && !isGone(holder))
          throw this.#busy(holder, 'which is being submitted');
        over = holder.claim;
      } else if (performance.now() - since > PATIENCE) {
        throw this.#busy(await this.#who(coming, seen, o), 'which is being submitted');
      } else {
        await pause(STEP, o.signal);
      }
    }
  }

  /** Gives the directory back, as well as that can be done: nothing has been submitted. */
  async release(): Promise<void> {
    const claim = this.#taken;
    this.#taken = undefined;
    if (claim === undefined) return;
    const script = releaseDirectory(`${this.#plan.place.path}/${OWN}`, claim);
    const signal = AbortSignal.timeout(RELEASING);
    const { far } = this.#tools.desk;
    // Where it fails, others find out by themselves, a little later.
    await far.perform((session) => askShell(session, script, { cwd: '~', signal }), { signal }).catch(() => undefined);
  }

  /** The submission is over, well or not. */
  end(): void {
    underWay.delete(this.#id);
  }

  #holder(): DirectoryHolder {
    const { key, place, spec } = this.#plan;
    this.#times += 1;
    const claim = `${this.#id}.${this.#times}`;
    return { claim, slug: place.slug, client: thisClient(), pid: process.pid, key, name: spec.name };
  }

  async #look(own: DirectoryHolder, over: string | undefined, { signal }: Abortable): Promise<TakenDirectory> {
    const { path } = this.#plan.place;
    const ask = async (session: Connection): Promise<string> => {
      const directory = await session.directory(path, { mode: 0o700, signal });
      return (await askShell(directory, takeDirectory(OWN, own, { over }), { signal })).stdout;
    };
    return parseTaken(await this.#tools.desk.far.perform(ask, { signal }));
  }

  /** Looks at the other jobs in the directory. Throws JobError where one of them has begun, and has not ended. */
  async #judge({ others }: TakenDirectory, o: Abortable): Promise<Others> {
    const over = new Set<string>();
    let coming: string | undefined;
    for (const [slug, record] of others) {
      const stage = stageOf(record, this.#tools.desk);
      if (stage === 'coming') coming = slug;
      if (stage === 'begun') await this.#refuse(slug, record, o);
      if (stage === 'begun' || stage === 'over') over.add(slug);
    }
    return { over, coming };
  }

  /** Throws where a job that was submitted is not over. */
  async #refuse(slug: string, record: FarRecord, o: Abortable): Promise<void> {
    const { index } = this.#tools;
    const other = placeBeside(this.#plan.place, slug);
    const kept = await index.find(other, o);
    if (kept === undefined) return;
    const { key, token } = kept;
    const id = record.started?.id ?? record.id;
    if ((await index.stateOf({ key, token, record: other.recordPath, id }, o)) === 'over') return;
    throw this.#busy(kept, 'which has not ended');
  }

  /** Who that is that is about to begin. */
  async #who(slug: string, { holder }: TakenDirectory, o: Abortable): Promise<Pick<DirectoryHolder, 'key' | 'name'>> {
    if (holder?.slug === slug) return holder;
    return (await this.#tools.index.find(placeBeside(this.#plan.place, slug), o)) ?? { key: slug, name: slug };
  }

  #busy({ key, name }: Pick<DirectoryHolder, 'key' | 'name'>, how: string): JobError {
    const { name: host } = this.#tools.desk.far;
    return new JobError(
      'directory-busy',
      `The directory ${this.#plan.place.directory} on ${host} has the job ${JSON.stringify(name)} in it (key ${key}), ${how}: ` +
        'wait for it, cancel it, or choose another directory.',
      { host, jobKey: key },
    );
  }
}

/** What the other jobs in a directory are at, by the names of their records. */
interface Others {
  /** Those that are over, or were refused. */
  readonly over: ReadonlySet<string>;
  /** One that may be about to begin. */
  readonly coming: string | undefined;
}

/** `waiting`: not submitted, or given back for want of room. */
function stageOf(record: FarRecord, { kind }: SchedulerDesk): 'over' | 'begun' | 'coming' | 'waiting' {
  const { exit, lock, submit, started } = record;
  if (exit !== undefined) return 'over';
  if (lock === undefined || lock.outdone === true) return record.publishing === true ? 'coming' : 'waiting';
  if (submit !== undefined && started === undefined) {
    const answer = kind.readSubmit(submit);
    if ('refused' in answer) return answer.again ? 'waiting' : 'over';
  }
  if (lock.begun) return 'begun';
  return lock.alive === false ? 'waiting' : 'coming';
}

/** Whether the submission by which somebody has a directory is none any more. */
function isGone({ client, pid, claim }: DirectoryHolder): boolean {
  if (client !== thisClient()) return false;
  if (pid === process.pid) return !underWay.has(claim.replace(/\.\d+$/, ''));
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // EPERM: another user's process has it.
    return error instanceof Error && Reflect.get(error, 'code') === 'ESRCH';
  }
}

function thisClient(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}
