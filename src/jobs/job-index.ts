import { posix } from 'node:path';
import type { Connection } from '../connection/connection.js';
import { type Abortable, raceAbort } from '../core/abort.js';
import { FileError } from '../core/file-error.js';
import { inLanes } from '../core/in-lanes.js';
import { JobError } from '../core/job-error.js';
import type { FarRecord } from '../remote/batch/far-record.js';
import { isLoss } from './far-machine.js';
import { indexPath, isDirectory, type JobPlace, placeOf, recordsPath } from './job-place.js';
import { type JobRecord, parseRecord, RECORD_FILE, unreadable } from './job-record.js';
import { isFinal } from './job-state.js';
import { pathInWorkdir } from './path-in-workdir.js';
import type { SchedulerDesk } from './scheduler-desk.js';
import { TrackedJob } from './tracked-job.js';

/** A job that the machine has on record, and where. */
export interface FoundJob {
  readonly place: JobPlace;
  readonly record: JobRecord;
}

/** Options of a search through many records. */
export interface ScanOptions extends Abortable {
  /**
   * Is told of each record that cannot be read, by a JobError (`bad-record`) that names its file; the others are found all the
   * same. It is published on `hawser:job` as well. Default: nobody.
   */
  readonly onUnreadable?: ((error: JobError) => void) | undefined;
}

/** How many records are read at once. */
const AT_ONCE = 16;

/** The jobs that a machine has on record below one working directory. Looking makes nothing. */
export class JobIndex {
  readonly #desk: SchedulerDesk;
  readonly #workdir: string;

  constructor(desk: SchedulerDesk, workdir: string) {
    this.#desk = desk;
    this.#workdir = workdir;
  }

  /** What is on record at a place; `undefined` where there is nothing. Throws JobError (`bad-record`). */
  async find(place: JobPlace, o: Abortable = {}): Promise<JobRecord | undefined> {
    const file = `${place.recordPath}/${RECORD_FILE}`;
    const text = await this.#read(file, o);
    return text === undefined ? undefined : parseRecord(text, file, this.#desk.far.name);
  }

  /** The job of a record's name; `undefined` where there is none. */
  async bySlug(slug: string, o: Abortable = {}): Promise<FoundJob | undefined> {
    const file = posix.join(await this.#path(o), slug);
    const directory = (await this.#read(file, o))?.trim() ?? '';
    if (directory === '') return undefined;
    if (!isDirectory(directory)) throw unreadable(file, this.#desk.far.name, 'it names no directory of a job');
    const place = placeOf(this.#workdir, directory, slug);
    const record = await this.find(place, o);
    return record === undefined ? undefined : { place, record };
  }

  /** The path from the working directory on of one that is absolute, or begins at `~`: see `pathInWorkdir`. */
  async pathOf(path: string, o: Abortable = {}): Promise<string | undefined> {
    return this.#desk.far.perform((session) => pathInWorkdir(session, this.#workdir, path, o), o);
  }

  /** The jobs in a directory. */
  async inDirectory(directory: string, o: ScanOptions = {}): Promise<FoundJob[]> {
    const path = recordsPath(this.#workdir, directory);
    const found = async (slug: string): Promise<FoundJob | undefined> => {
      const place = placeOf(this.#workdir, directory, slug);
      const record = await this.find(place, o);
      return record === undefined ? undefined : { place, record };
    };
    return this.#all(path, found, o);
  }

  /** All jobs. */
  async all(o: ScanOptions = {}): Promise<FoundJob[]> {
    return this.#all(await this.#path(o), (slug) => this.bySlug(slug, o), o);
  }

  /**
   * What a place has on record of its job, and which attempt to submit it is under way, or comes next: those that were put aside
   * are over.
   */
  async known(
    place: JobPlace,
    { lock }: Pick<FarRecord, 'lock'>,
    o: Abortable = {},
  ): Promise<{ readonly kept: JobRecord | undefined; readonly attempt: number }> {
    const [kept, names] = await Promise.all([this.find(place, o), this.#list(place.recordPath, o)]);
    const last = kept?.attempt ?? 1;
    if (lock !== undefined) return { kept, attempt: last };
    const past = names.map((name) => Number(/^attempt-(\d+)$/.exec(name)?.[1] ?? 0));
    return { kept, attempt: Math.max(last, ...past.map((attempt) => attempt + 1)) };
  }

  /** The jobs that are on record by an id of the scheduler, with what their records tell; the oldest first. */
  async withIds(
    o: ScanOptions = {},
  ): Promise<{ readonly id: string; readonly job: FoundJob; readonly seen: FarRecord }[]> {
    const all = (await this.all(o)).toSorted((a, b) => a.record.createdAt - b.record.createdAt);
    const records = await this.#desk.records(
      all.map(({ place }) => place.recordPath),
      o,
    );
    return all.flatMap((job) => {
      const seen = records.get(job.place.recordPath);
      const id = seen?.started?.id ?? seen?.id;
      return seen === undefined || id === undefined ? [] : [{ id, job, seen }];
    });
  }

  /** The job that the queue has by an id which its record does not tell: the answer to its submission has never come. */
  async inQueueAs(id: string, o: Abortable = {}): Promise<FoundJob | undefined> {
    const all = await this.all(o);
    const records = await this.#desk.records(
      all.map(({ place }) => place.recordPath),
      o,
    );
    const nameless = all.flatMap(({ place, record: { key, token } }) => {
      const seen = records.get(place.recordPath);
      if (seen?.lock === undefined || seen.id !== undefined || seen.started !== undefined) return [];
      return [new TrackedJob({ key, token, machine: this.#desk.far.name, record: place.recordPath, id: undefined })];
    });
    if (nameless.length === 0) return undefined;
    await this.#desk.look(nameless, o);
    const found = nameless.find((job) => job.id === id);
    return all.find(({ place }) => place.recordPath === found?.record);
  }

  /** The exit statuses of all jobs that have ended, by their ids; of a number that was given twice, the last one's. */
  async exitStatuses(o: Abortable = {}): Promise<Map<string, number>> {
    const statuses = new Map<string, number>();
    for (const { id, seen } of await this.withIds(o)) {
      if (seen.exit === undefined) statuses.delete(id);
      else statuses.set(id, seen.exit.status);
    }
    return statuses;
  }

  /**
   * Makes a place known as that of a key: the first who comes has it.
   *
   * @throws JobError (`key-taken`) where the key is that of a job in another directory.
   */
  async claim(place: JobPlace, key: string, o: Abortable = {}): Promise<void> {
    const directory = await this.#desk.far.perform((session) => this.#claim(session, place, o), o);
    if (directory === place.directory) return;
    throw new JobError(
      'key-taken',
      `The key ${key} is that of a job in ${directory} on ${this.#desk.far.name}, not in ${place.directory}: a key stands for ` +
        'one job. Choose another key, or submit it in its directory.',
      { host: this.#desk.far.name, jobKey: key },
    );
  }

  /** Whether a job is over, on its way, or nobody can tell whether it was submitted. */
  async stateOf(
    about: Pick<TrackedJob, 'key' | 'record' | 'token' | 'id'>,
    o: Abortable = {},
  ): Promise<'over' | 'under-way' | 'unknown'> {
    const job = new TrackedJob({ ...about, machine: this.#desk.far.name });
    await this.#desk.look([job], o);
    const { state, misses } = job.known;
    if (isFinal(state.state)) return 'over';
    return state.state === 'submit-unknown' ? 'unknown' : misses > 0 && about.id !== undefined ? 'over' : 'under-way';
  }

  /** Users may share a working directory: each has an index of their own. */
  async #path(o: Abortable): Promise<string> {
    const { uid } = await this.#desk.far.perform((session) => session.os.userInfo(o), o);
    return indexPath(this.#workdir, uid);
  }

  async #claim(session: Connection, place: JobPlace, o: Abortable): Promise<string> {
    const index = await session.directory(await this.#path(o), { mode: 0o700, signal: o.signal });
    try {
      await index.fs.writeFile(place.slug, place.directory, { flag: 'wx', mode: 0o600 });
      return place.directory;
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
    const known = (await index.fs.readFile(place.slug, 'utf8')).trim();
    // Whoever made it was cut off before it could write into it.
    if (known !== '') return known;
    await index.fs.writeFile(place.slug, place.directory, { mode: 0o600 });
    return place.directory;
  }

  /** What is found by the names in a directory, but for what cannot be read. */
  async #all(path: string, read: (slug: string) => Promise<FoundJob | undefined>, o: ScanOptions): Promise<FoundJob[]> {
    const found: (FoundJob | undefined)[] = [];
    await inLanes((await this.#list(path, o)).entries(), AT_ONCE, async ([i, slug]) => {
      found[i] = await read(slug).catch((error: unknown) => {
        this.#tellUnreadable(error, o);
        return undefined;
      });
    });
    return found.filter((one) => one !== undefined);
  }

  /** One record that cannot be read hides no others. Throws what is no trouble of one record alone. */
  #tellUnreadable(error: unknown, { onUnreadable }: ScanOptions): void {
    if (!(error instanceof JobError) || error.reason !== 'bad-record') throw error;
    this.#desk.tell({ step: 'unreadable', detail: error.message });
    onUnreadable?.(error);
  }

  async #list(path: string, o: Abortable): Promise<string[]> {
    try {
      const names = await this.#desk.far.perform((session) => session.fs.readdir(path), o);
      return names.filter((name) => !name.startsWith('.') && name !== 'jobs');
    } catch (error) {
      if (isCode(error, 'ENOENT')) return [];
      throw error;
    }
  }

  /** A pipe in a record's place would hold up whoever opens it, and behind one server of files everybody else. */
  async #readFile({ fs }: Connection, path: string, { signal }: Abortable): Promise<string> {
    const { name: host } = this.#desk.far;
    const read = async (): Promise<string> => {
      if (!(await fs.stat(path)).isFile()) throw unreadable(path, host, 'it is no regular file');
      return await fs.readFile(path, 'utf8');
    };
    return await raceAbort(read(), signal, { doing: `reading ${path}`, host });
  }

  async #read(path: string, o: Abortable): Promise<string | undefined> {
    try {
      return await this.#desk.far.perform((session) => this.#readFile(session, path, o), o);
    } catch (error) {
      if (isCode(error, 'ENOENT')) return undefined;
      if (!(error instanceof FileError) || isLoss(error)) throw error;
      throw unreadable(path, this.#desk.far.name, error.message, error);
    }
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof FileError && error.code === code;
}
