import { visible } from '../../core/visible.js';
import type { HostOutcome } from './host-value.js';

/** How many hosts a message names, and how much it says of each. */
const NAMED = 5;
const WORDS = 120;

/** A result of which a command's fields may be known. */
type Result = HostOutcome & { readonly outcome?: unknown; readonly status?: unknown; readonly signal?: unknown };

/** "2 of 5 hosts failed: web2 (exit 1), db1 (auth: …)", of bounded length however many there are. */
export function failureWords(failed: Iterable<HostOutcome>, total: number): string {
  const named: string[] = [];
  let count = 0;
  for (const result of failed) {
    count += 1;
    if (count <= NAMED) named.push(`${shortened(result.key)} (${reason(result)})`);
  }
  const more = count > NAMED ? ` and ${count - NAMED} more` : '';
  return `${count} of ${total} ${total === 1 ? 'host' : 'hosts'} failed: ${named.join(', ')}${more}`;
}

/** How a command failed that came to its end. A command line that has only a prompt has no status: it refuses. */
export function exitWords(status: unknown): string {
  return status === null || status === undefined ? 'refused by the device' : `exit ${String(status)}`;
}

function reason({ outcome, status, signal, error }: Result): string {
  if (outcome === 'exit') return exitWords(status);
  if (outcome === 'signal') return `signal ${String(signal)}`;
  const words = [
    ...(typeof outcome === 'string' ? [outcome] : []),
    ...(error === undefined ? [] : [shortened(error.message)]),
  ];
  return words.join(': ') || 'failed';
}

function shortened(text: string): string {
  const line = visible(text.trim()).replaceAll(/\s*\n\s*/g, ' ');
  return line.length > WORDS ? `${line.slice(0, WORDS - 1)}…` : line;
}
