import { readdir } from 'node:fs/promises';
import { posix } from 'node:path';
import { jobSlug } from '../../jobs/job-key.js';
import { Journal, type JournalEntry, journalDirectory } from '../../jobs/journal.js';
import { shortId } from './job-row.js';

/** All jobs that were submitted from here, or may have been, the last one first: of an intent alone nothing was sent. */
export async function journalJobs(env: Readonly<Record<string, string | undefined>>): Promise<readonly JournalEntry[]> {
  const directory = journalDirectory(env);
  const names = await readdir(directory).catch(() => []);
  const lists = await Promise.all(names.map((name) => new Journal(directory, decoded(name)).list()));
  const sent = lists.flat().filter(({ step }) => step !== 'intent');
  return sent.toSorted((a, b) => b.at - a.at);
}

/** The machines that jobs were submitted to from here, by name. */
export function machinesOf(entries: readonly JournalEntry[]): readonly string[] {
  return [...new Set(entries.map(({ machine }) => machine))].toSorted();
}

/** Those of the entries that a name means: by the scheduler's id, the key, or the directory. */
export function entriesNamed(name: string, entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const byKey = entries.filter(({ key }) => key === name);
  if (byKey.length > 0) return byKey;
  const directory = posix.normalize(name).replace(/\/+$/, '');
  const byDirectory = entries.filter((entry) => entry.directory === directory);
  if (byDirectory.length > 0) return byDirectory;
  return entries.filter(({ id }) => id !== undefined && id !== '' && (id === name || shortId(id) === name));
}

/** Whether a job may have been submitted where the machine has no record of it. */
export function mayBeSubmitted({ step }: JournalEntry): boolean {
  return step === 'starting' || step === 'submit-unknown';
}

/** Writes down that a job is known to have been submitted, and under which id. Throws as `Journal.write` does. */
export async function noteSubmitted(
  entry: JournalEntry,
  id: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const journal = new Journal(journalDirectory(env), entry.machine);
  await journal.write(jobSlug(entry.key), { ...entry, step: 'submitted', id, at: Date.now() });
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
