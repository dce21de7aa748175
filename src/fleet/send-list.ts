import { basename, posix, resolve } from 'node:path';
import { FileError } from '../core/file-error.js';
import { OptionError } from '../core/hawser-error.js';
import { expandHome } from '../core/home.js';
import { bothTransfers, type TransferSummary } from '../core/transfer-summary.js';
import type { EntryOutcome } from '../remote/transfer/entry-outcome.js';
import type { TransferOptions } from '../remote/transfer/options.js';
import type { TransferProgress } from '../remote/transfer/progress.js';
import { isDirectory } from './local-names.js';

/** One of several things that are sent. */
export interface Sending {
  readonly local: string;
  readonly remote: string;
  /** The name that a tree goes under in the remote directory; `undefined` for a file, and for what is in a tree. */
  readonly name?: string | undefined;
}

/**
 * Where several files and trees go that are sent into one remote directory, each under its own name. Of a tree whose name
 * ends in `/` it is what is in it that goes there, as with rsync(1).
 *
 * @throws OptionError where there is nothing to send, two of them have one name, or one would delete another (`mirror`).
 */
export async function sendInto(
  locals: readonly string[],
  remote: string,
  mirror: boolean,
): Promise<readonly Sending[]> {
  if (locals.length === 0 || remote === '') {
    throw new OptionError('Expected at least one file to send, and the name of a remote directory.');
  }
  const directory = remote.endsWith('/') ? remote : `${remote}/`;
  const taken = new Map<string, string>();
  const list: Sending[] = [];
  for (const local of locals) {
    const tree = await isDirectory(local);
    const contents = tree && /(^|\/)(\.{1,2})?$/.test(local);
    if (contents && mirror && locals.length > 1) {
      throw new OptionError(
        `Expected what is in ${JSON.stringify(local)} to be sent alone with \`delete\`: it would delete what else is sent.`,
      );
    }
    const name = nameHere(local);
    const before = taken.get(name);
    if (!contents && before !== undefined) {
      throw new OptionError(
        `Expected files with different names, got ${JSON.stringify(before)} and ${JSON.stringify(local)} for one directory.`,
      );
    }
    if (!contents) taken.set(name, local);
    if (tree && !contents) list.push({ local, remote: posix.join(directory, name), name });
    else list.push({ local, remote: directory });
  }
  return list;
}

/** What a local path is called in its directory: that of `..` is the name of the directory above. */
export function nameHere(local: string): string {
  return basename(resolve(expandHome(local)));
}

/** Sends one of several things. */
export type SendOne = (one: Sending, o: TransferOptions) => Promise<TransferSummary>;

/** Sends one after another: where one of them fails the others are sent all the same. The summary is of all. */
export async function sendAll(list: readonly Sending[], o: TransferOptions, send: SendOne): Promise<TransferSummary> {
  const [only] = list;
  if (only !== undefined && list.length === 1) return send(only, o);
  const { onProgress, onEntry } = o;
  let total = NOTHING;
  for (const [index, one] of list.entries()) {
    const before = total;
    const last = index === list.length - 1;
    const report = (p: TransferProgress): void => onProgress?.(withEarlier(before, p, last));
    const tell = onEntry && ((outcome: EntryOutcome): void => onEntry(below(one.name, outcome)));
    total = bothTransfers(before, await send(one, { ...o, onProgress: report, onEntry: tell }).catch(asSummary));
  }
  return total;
}

function below(name: string | undefined, outcome: EntryOutcome): EntryOutcome {
  return name === undefined ? outcome : { ...outcome, path: posix.join(name, outcome.path) };
}

function asSummary(error: unknown): TransferSummary {
  if (!(error instanceof FileError)) throw error;
  return { ...NOTHING, failed: [error] };
}

const NOTHING: TransferSummary = {
  files: 0,
  bytes: 0,
  directories: 0,
  links: 0,
  skipped: 0,
  deleted: 0,
  failed: [],
  durationMs: 0,
};

/** Progress of one thing, with those before it; while others are still to come the totals are not known. */
function withEarlier({ bytes, files }: TransferSummary, p: TransferProgress, last: boolean): TransferProgress {
  const all = {
    ...p,
    bytes: bytes + p.bytes,
    totalBytes: bytes + p.totalBytes,
    files: files + p.files,
    totalFiles: files + p.totalFiles,
  };
  return last ? all : { ...all, complete: false, etaMs: undefined };
}
