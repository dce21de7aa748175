import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OptionError, ParseError } from '../../core/hawser-error.js';
import { stateDirectory } from '../../core/home.js';
import { makeDirectoriesSync } from '../../core/make-directories.js';
import { isRunId, type RunRecord, readRunRecord } from './run-record.js';

/** How many runs are kept. */
const KEPT = 50;
/** A longer file is none that we wrote, in bytes. */
const LONGEST = 128 * 1024 * 1024;
/** What begins the name of a file that is still written. */
const UNFINISHED = '.new-';

/** The runs that are kept, and what stands among them that is none. */
export interface KeptRuns {
  /** The newest first. */
  readonly runs: readonly RunRecord[];
  /** What is wrong with each file that could not be read as a run. */
  readonly faults: readonly string[];
}

/** Where runs are kept: `$XDG_STATE_HOME/hawser/runs`, or `~/.local/state/…` (XDG Base Directory Specification). */
export function runsDirectory(env: Readonly<Record<string, string | undefined>>): string {
  return join(stateDirectory(env), 'runs');
}

/** A name for a run that begins now: names sort as the moments do. */
export function newRunId(now: Date): string {
  const [date = '', time = ''] = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').split('T');
  return `${date}-${time}-${randomBytes(2).toString('hex')}`;
}

/** The last runs, a file each, readable by their owner alone. Several processes may write at the same time. */
export class RunStore {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * Keeps a run and forgets the oldest ones past the fiftieth. It is done when it returns: whoever leaves at once may
   * call it.
   *
   * @throws the error of the file system.
   */
  write(record: RunRecord): void {
    makeDirectoriesSync(this.directory, 0o700);
    // It may have been made by somebody else, for all to read.
    chmodSync(this.directory, 0o700);
    const unfinished = join(this.directory, `${UNFINISHED}${record.id}`);
    try {
      writeFileSync(unfinished, `${JSON.stringify(record)}\n`, { mode: 0o600, flag: 'wx' });
      renameSync(unfinished, this.#fileOf(record.id));
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    }
    this.#prune();
  }

  /** All runs that are kept. A directory that is not there has none. */
  async list(): Promise<KeptRuns> {
    const names = (await this.#names()).filter((name) => !name.startsWith(UNFINISHED));
    const runs: RunRecord[] = [];
    const faults: string[] = [];
    for (const name of names.toSorted().toReversed()) {
      try {
        const record = await this.#read(name);
        if (record !== undefined) runs.push(record);
      } catch (error) {
        faults.push(error instanceof Error ? error.message : String(error));
      }
    }
    // Within one second the names do not say which was first.
    return { runs: runs.toSorted((a, b) => Date.parse(b.at) - Date.parse(a.at)), faults };
  }

  /**
   * The run of that name, or of a name that begins so; without one the last run, which is the one that began last of
   * those that can be read: `faults` has the others.
   *
   * @throws OptionError where there is none, or several.
   */
  async find(id: string | undefined): Promise<{ readonly run: RunRecord; readonly faults: readonly string[] }> {
    if (id !== undefined && !/^[\d-]+[0-9a-f]*$/.test(id)) {
      throw new OptionError(`Expected the name of a run, got ${JSON.stringify(id)}. See them with: hawser runs`);
    }
    const { runs, faults } = await this.list();
    const [found, ...others] = id === undefined ? runs.slice(0, 1) : runs.filter((run) => run.id.startsWith(id));
    if (found !== undefined && others.length === 0) return { run: found, faults };
    if (found !== undefined) {
      const names = [found, ...others].map((run) => run.id);
      throw new OptionError(`Expected the name of one run, got the beginning of ${names.slice(0, 5).join(', ')}.`);
    }
    const fault = faults.find((one) => id === undefined || one.includes(id));
    const why = fault === undefined ? `in ${this.directory}` : `that can be read: ${fault}`;
    throw new OptionError(`There is no run${id === undefined ? '' : ` ${id}`} ${why}. See them with: hawser runs`);
  }

  #fileOf(id: string): string {
    return join(this.directory, `${id}.json`);
  }

  async #names(): Promise<string[]> {
    return readdir(this.directory).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw new OptionError(`Cannot read the runs in ${this.directory}: ${messageOf(error)}`, { cause: error });
    });
  }

  /** The run in a file; `undefined` where another process has just forgotten it. */
  async #read(name: string): Promise<RunRecord | undefined> {
    const file = join(this.directory, name);
    const place = { file, line: 1, column: 1 };
    try {
      const stats = await lstat(file);
      // A pipe would be waited for.
      if (!stats.isFile() || !isRecord(name) || stats.size > LONGEST) {
        throw new ParseError('Expected the record of a run, got something else.', place);
      }
      const record = readRunRecord(await readFile(file, 'utf8'), file);
      if (`${record.id}.json` === name) return record;
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (error instanceof ParseError) throw error;
      throw new ParseError(`Cannot read the record of a run: ${messageOf(error)}`, place, { cause: error });
    }
    throw new ParseError('Expected the record of a run to be named after it.', place);
  }

  #prune(): void {
    const names = readdirSync(this.directory).filter(isRecord);
    for (const name of names.toSorted().toReversed().slice(KEPT)) rmSync(join(this.directory, name), { force: true });
  }
}

function isRecord(name: string): boolean {
  return name.endsWith('.json') && isRunId(name.slice(0, -'.json'.length));
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
