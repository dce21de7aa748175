import { constants } from 'node:fs';
import type { DirectoryEntry } from '../file-driver.js';
import type { AnswerOf, NamedStats, StatusAnswer } from './answers.js';
import type { FileAct } from './file-act.js';
import type { FileCalls } from './file-calls.js';
import { Request, Status } from './protocol.js';

/** Requests for names that are under way at first, and at most: a long directory takes many. */
const FIRST = 2;
const MOST = 8;

/** Lists a directory with several requests under way. */
export async function* listDirectory(
  calls: FileCalls,
  act: FileAct & { readonly path: Buffer },
): AsyncGenerator<readonly DirectoryEntry[]> {
  const { session } = calls;
  const { handle } = await calls.get(act, Request.OPENDIR, [act.path], 'handle');
  const asked: Promise<AnswerOf<'names'> | StatusAnswer>[] = [];
  const ask = (): void => {
    const answer = session.ask(Request.READDIR, [handle], 'names');
    // The ones behind the end are not waited for.
    answer.catch(() => {});
    asked.push(answer);
  };
  try {
    for (let depth = FIRST; ; depth = Math.min(MOST, depth + 1)) {
      while (asked.length < depth) ask();
      const answer = await asked.shift();
      // Some servers end a listing with no names in place of a status.
      if (answer === undefined || (answer.kind === 'names' && answer.names.length === 0)) return;
      if (answer.kind === 'status') {
        if (answer.status === Status.EOF) return;
        throw await calls.fault(act, answer);
      }
      const entries: DirectoryEntry[] = [];
      for (const named of answer.names) {
        const fault = wrongName(named.name);
        if (fault !== undefined) throw session.breach(fault);
        if (!isDots(named.name)) entries.push(entryOf(named));
      }
      if (entries.length > 0) yield entries;
    }
  } finally {
    // Nobody waits for it: what it would say changes nothing.
    session.ask(Request.CLOSE, [handle], 'status').catch(() => {});
  }
}

function entryOf({ name, stats }: NamedStats): DirectoryEntry {
  // A server may leave out what it would have to look up.
  if (Number.isNaN(stats.mode)) return { name, stats: undefined, kind: undefined };
  return { name, stats, kind: stats.mode & constants.S_IFMT };
}

function isDots(name: Buffer): boolean {
  return name[0] === 0x2e && (name.length === 1 || (name.length === 2 && name[1] === 0x2e));
}

/** A name that leads elsewhere would be a way out of the directory that a download goes to. */
function wrongName(name: Buffer): string | undefined {
  if (name.length === 0) return 'it listed a file without a name';
  if (name.includes(0x2f)) return 'it listed a name with "/" in it';
  if (name.includes(0)) return 'it listed a name with a zero byte in it';
  return undefined;
}
