import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HawserError } from '../core/hawser-error.js';
import { stateDirectory } from '../core/home.js';
import { makeDirectories } from '../core/make-directories.js';
import { writePrivateFile } from '../remote/files/local/private-file.js';

/** How far a submission has come, as the client knows it. */
export type JournalStep = 'intent' | 'starting' | 'submitted' | 'refused' | 'submit-unknown';

/** What the journal has of a job. */
export interface JournalEntry {
  readonly v: 1;
  readonly key: string;
  readonly name: string;
  readonly directory: string;
  readonly machine: string;
  /** The job's directory on the machine, and which machine that was: another of the same name is another. */
  readonly place: string;
  readonly token: string;
  readonly attempt: number;
  readonly step: JournalStep;
  /** The scheduler's id, once it is known. */
  readonly id?: string;
  /** Milliseconds since 1970 by this machine's clock. */
  readonly at: number;
}

/**
 * What this client has submitted, or was about to: a file for each job, on disk before anything is sent. It tells a job that
 * was never sent from one whose record on the machine is gone. Several processes may write at the same time.
 */
export class Journal {
  readonly #directory: string;

  /** @param directory where the machines' directories are. Default: {@link journalDirectory} */
  constructor(directory: string, machine: string) {
    this.#directory = join(directory, fileName(machine));
  }

  /**
   * Writes an entry. When this returns it would be there after a loss of power.
   *
   * @throws HawserError where it cannot be written; nothing must be sent then.
   */
  async write(slug: string, entry: JournalEntry): Promise<void> {
    try {
      await makeDirectories(this.#directory, 0o700);
      const doing = 'writing the journal of jobs';
      await writePrivateFile(this.#fileOf(slug), `${JSON.stringify(entry)}\n`, { doing, mustLast: true });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new HawserError(
        'ERR_HAWSER_JOURNAL',
        `Cannot write down in ${this.#directory} that "${entry.name}" is to be submitted, and nothing was sent: ${why}. ` +
          'Make the directory writable, or name another one as `journal`.',
        { cause: error },
      );
    }
  }

  /** The entry of a job; `undefined` where there is none, or none that can be read. */
  async read(slug: string): Promise<JournalEntry | undefined> {
    const text = await readFile(this.#fileOf(slug), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : parseEntry(text);
  }

  /** All entries of the machine. */
  async list(): Promise<JournalEntry[]> {
    const names = await readdir(this.#directory).catch(() => []);
    const slugs = names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
    const entries = await Promise.all(slugs.map((slug) => this.read(slug)));
    return entries.filter((entry) => entry !== undefined);
  }

  #fileOf(slug: string): string {
    return join(this.#directory, `${slug}.json`);
  }
}

/** Where journals are: `$XDG_STATE_HOME/hawser/jobs`, or `~/.local/state/…` (XDG Base Directory Specification). */
export function journalDirectory(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return join(stateDirectory(env), 'jobs');
}

/** A machine's name as that of a directory. */
function fileName(machine: string): string {
  const safe = encodeURIComponent(machine).replaceAll('*', '%2A');
  return /^\.+$/.test(safe) ? safe.replaceAll('.', '%2E') : safe.slice(0, 200);
}

function parseEntry(text: string): JournalEntry | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isEntry(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const STEPS: ReadonlySet<unknown> = new Set<JournalStep>([
  'intent',
  'starting',
  'submitted',
  'refused',
  'submit-unknown',
]);

function isEntry(value: unknown): value is JournalEntry {
  if (typeof value !== 'object' || value === null) return false;
  const field = (name: string): unknown => Reflect.get(value, name);
  const texts = ['key', 'name', 'directory', 'machine', 'place', 'token'].every(
    (name) => typeof field(name) === 'string',
  );
  const numbers = ['attempt', 'at'].every((name) => typeof field(name) === 'number');
  const id = field('id');
  return (
    texts && numbers && field('v') === 1 && STEPS.has(field('step')) && (id === undefined || typeof id === 'string')
  );
}
