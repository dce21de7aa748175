import { exitWords } from '../../connection/results/failure-words.js';
import { quote } from '../../core/quote.js';
import type { JobStateName } from '../../jobs/job-state.js';
import type { Paint } from '../terminal/paint.js';
import { oneLine } from '../terminal/text.js';
import type { JobRow } from './job-row.js';

/** What is worth saying of a job besides its state. */
export interface Remark {
  /** `''`: nothing. */
  readonly what: string;
  /** What to do about it. */
  readonly next?: string;
}

/** Says of a job why it waits, where it runs, how it ended, and, where that is not clear, what to do. */
export function remarkOn(row: JobRow): Remark {
  const { state, reason = '', word = '', host = '' } = row;
  switch (state) {
    case 'submit-unknown':
      return {
        what: reason === '' ? 'nobody can tell whether it was submitted' : said(reason),
        next: jobCommand('resolve', row),
      };
    case 'unknown': {
      const what = word === '' ? 'its scheduler does not tell' : `the scheduler says ${said(word)}`;
      // How often a scheduler did not know it counts while somebody waits: a single look cannot tell that it is lost.
      const next = word === '' ? `find out: ${jobCommand('wait', row)}` : `look again: ${jobCommand('status', row)}`;
      return { what: reason === '' ? what : said(reason), next };
    }
    case 'lost':
      return {
        what: said(reason === '' ? 'the scheduler knows it no more, and it left no exit status' : reason),
        next: `see how far it came: ${jobCommand('output', row)}`,
      };
    case 'staged':
      return { what: 'its files are there, and it was not submitted', next: 'submit it again' };
    case 'failed':
      return { what: [ending(row), said(reason)].filter((part) => part !== '').join(', ') };
    case 'running':
      return { what: host === '' ? '' : `on ${said(host)}` };
    default:
      return { what: said(reason) };
  }
}

/** A remark on one line: what is so, then what to do about it. */
export function remarkText(row: JobRow): string {
  const { what, next } = remarkOn(row);
  return [what, ...(next === undefined ? [] : [`→ ${next}`])].filter((part) => part !== '').join(' ');
}

/** A command about a job, as it can be typed. */
export function jobCommand(name: string, { key, machine }: Pick<JobRow, 'key' | 'machine'>): string {
  return oneLine(['hawser', 'job', name, key, '-m', machine].map(quote).join(' '));
}

/** A state in its colour; it says the same without. */
export function paintState(state: JobStateName, text: string, paint: Paint): string {
  switch (state) {
    case 'done':
      return paint.good(text);
    case 'failed':
    case 'timeout':
    case 'lost':
      return paint.bad(text);
    case 'submit-unknown':
    case 'unknown':
    case 'staged':
      return paint.warn(text);
    case 'running':
      return paint.bold(text);
    case 'submitting':
    case 'queued':
    case 'cancelled':
      return text;
  }
}

function ending({ signal, exitStatus }: JobRow): string {
  if (signal !== undefined) return `ended by ${said(signal)}`;
  return exitStatus === undefined ? '' : exitWords(exitStatus);
}

function said(text: string): string {
  return oneLine(text);
}
