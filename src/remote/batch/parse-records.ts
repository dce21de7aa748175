import { parseOwner } from './far-identity.js';
import type { FarLock, FarRecord, FarStart } from './far-record.js';

/** The pieces of one record, by their names. */
type Pieces = Map<string, string>;

/**
 * Understands what a script of `readRecords` printed: by the name that each record was asked for under. A record of which
 * the answer broke off is left out; what makes no sense in one is its `trouble`.
 */
export function parseRecords(text: string): Map<string, FarRecord> {
  const records = new Map<string, FarRecord>();
  let name: string | undefined;
  let pieces: Pieces = new Map();
  for (const [word, content] of parsePieces(text)) {
    if (word === 'record') {
      name = content;
      pieces = new Map();
    } else if (word !== 'end') {
      pieces.set(word, content);
    } else if (name !== undefined) {
      records.set(name, recordOf(pieces));
      name = undefined;
    }
  }
  return records;
}

/** The pieces of what a script with a `recordReader` printed, one after another, up to where the answer broke off. */
export function* parsePieces(text: string): Generator<readonly [word: string, content: string]> {
  const mark = /(?:^|\n)hawser-records ([0-9a-f-]{36})\n/.exec(text)?.[1];
  if (mark === undefined) return;
  for (const piece of text.split(`\n${mark} `).slice(1)) {
    const end = piece.indexOf('\n');
    if (end === -1) return;
    yield [piece.slice(0, end), piece.slice(end + 1)];
  }
}

function recordOf(pieces: Pieces): FarRecord {
  const wrong: string[] = [];
  const told = pieces.get('trouble');
  if (told !== undefined) wrong.push(told);
  const read = <T>(name: string, parse: (text: string) => T | undefined): T | undefined => {
    const text = pieces.get(name);
    if (text === undefined) return undefined;
    const value = parse(text);
    if (value === undefined) wrong.push(`${name}: it holds nothing that makes sense`);
    return value;
  };
  const lock = readLock(pieces, wrong);
  const status = read('status', (text) => integer(/^(\d{1,3}) \d+\s*$/.exec(text)?.[1]));
  const id = status === undefined ? undefined : read('id', parseId);
  const found = read('found', parseId);
  const started = read('started', parseStart);
  const exit = read('exit', parseExit);
  const cancelled = read('cancelled', parseTime);
  const timedOut = read('timeout', parseTime);
  return {
    missing: pieces.has('missing'),
    ready: pieces.has('ready'),
    ...(pieces.has('publishing') ? { publishing: true } : {}),
    ...(lock === undefined ? {} : { lock }),
    ...(status === undefined
      ? {}
      : { submit: { status, stdout: pieces.get('out') ?? '', stderr: pieces.get('err') ?? '' } }),
    ...(found === undefined ? (id === undefined ? {} : { id }) : { id: found, found: true }),
    ...(started === undefined ? {} : { started }),
    ...(exit === undefined ? {} : { exit }),
    ...(pieces.has('cancelling') ? { cancelling: true } : {}),
    ...(cancelled === undefined ? {} : { cancelled: { at: cancelled } }),
    ...(timedOut === undefined ? {} : { timedOut: { at: timedOut } }),
    ...(pieces.has('missed') ? { missed: true } : {}),
    ...(wrong.length === 0 ? {} : { trouble: wrong.join('; ') }),
  };
}

function readLock(pieces: Pieces, wrong: string[]): FarLock | undefined {
  const text = pieces.get('lock');
  if (text === undefined) return undefined;
  const [alive, ...words] = text.trim().split(' ');
  const owner = parseOwner(words);
  if (words.length > 0 && owner === undefined) wrong.push('submit.lock/owner: it names no process');
  return {
    owner,
    alive: owner === undefined || alive === 'unknown' ? undefined : alive === 'yes',
    begun: pieces.has('begun'),
    ...(pieces.has('outdone') ? { outdone: true } : {}),
  };
}

function parseStart(text: string): FarStart | undefined {
  const words = text.trimEnd().split(' ');
  const owner = parseOwner(words);
  const at = time(words[4]);
  const id = words[5];
  return owner === undefined || at === undefined || !id ? undefined : { ...owner, at, id };
}

function parseExit(text: string): { status: number; at: number; signal?: string } | undefined {
  const [, status, seconds, signal] = /^(\d{1,3}) (\d+) (-|[A-Z][A-Z0-9]*)\s*$/.exec(text) ?? [];
  const at = time(seconds);
  if (status === undefined || at === undefined || signal === undefined) return undefined;
  return { status: Number(status), at, ...(signal === '-' ? {} : { signal: `SIG${signal}` }) };
}

function parseId(text: string): string | undefined {
  return /^([!-~]{1,200})\s*$/.exec(text)?.[1];
}

function parseTime(text: string): number | undefined {
  return time(/^(\d+)\s*$/.exec(text)?.[1]);
}

function integer(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

/** Milliseconds from a clock's seconds. */
function time(seconds: string | undefined): number | undefined {
  return seconds !== undefined && /^\d{1,12}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}
