import type { CommandResult, Outcome } from '../../core/command-result.js';
import type { HawserError } from '../../core/hawser-error.js';
import { asHawserError, hostError } from './host-error.js';
import { outcomeOf, partialResult } from './outcome-of.js';

/** A result of whichever encoding the call asked for. */
export type FleetResult = CommandResult<string> | CommandResult<Buffer>;

/** The host whose command it was. */
export interface FailedHost {
  readonly key: string;
  readonly host: string;
}

/** What is known of a command that has no result of its own. */
export interface FailedCommand {
  readonly command: string;
  readonly encoding: BufferEncoding | 'buffer';
  readonly durationMs: number;
  /** Default: what the error says. */
  readonly outcome?: Outcome | undefined;
}

/** The result of a host whose command threw, or never ran: with the partial output where there is one. */
export function failedResult({ key, host }: FailedHost, thrown: unknown, about: FailedCommand): FleetResult {
  const error = hostError(asHawserError(thrown, `running a command on ${key}`, host), key);
  const partial = partialResult(error);
  if (partial !== undefined) return { ...partial, key, error };
  const { command, encoding, durationMs, outcome = outcomeOf(error) } = about;
  const common = emptyResult(key, host, command, error, outcome, durationMs);
  return encoding === 'buffer'
    ? { ...common, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) }
    : { ...common, stdout: '', stderr: '' };
}

function emptyResult(
  key: string,
  host: string,
  command: string,
  error: HawserError,
  outcome: Outcome,
  durationMs: number,
): Omit<CommandResult, 'stdout' | 'stderr'> {
  return {
    key,
    host,
    command,
    status: null,
    signal: null,
    ok: false,
    outcome,
    error,
    durationMs,
    truncated: { stdout: false, stderr: false },
  };
}
