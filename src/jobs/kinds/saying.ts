import { visible } from '../../core/visible.js';
import type { Answer } from './scheduler-kind.js';

const LONGEST = 300;

/** What a command of a scheduler said, for people: its complaint, else its answer, else its status. One line, safe to print. */
export function saying({ status, stdout, stderr }: Answer): string {
  for (const text of [stderr, stdout]) {
    const beginning = text
      .trim()
      .slice(0, LONGEST + 1)
      .trim();
    const line = visible(beginning.replace(/\s*\n\s*/g, ' / '));
    if (line !== '') return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
  }
  return status === null ? 'it was ended without an answer' : `it ended with status ${status} and without a word`;
}
