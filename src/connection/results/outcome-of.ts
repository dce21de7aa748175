import type { Outcome } from '../../core/command-result.js';
import {
  AbortError,
  type AnyCommandResult,
  AuthError,
  ClosedError,
  ConnectError,
  type ConnectPhase,
  DisconnectedError,
  HostKeyError,
  ThrottledError,
  TimeoutError,
} from '../../core/errors.js';
import { HawserError, ParseError } from '../../core/hawser-error.js';

const CONNECT_PHASES: ReadonlySet<string> = new Set<ConnectPhase>([
  'resolve',
  'tcp',
  'banner',
  'kex',
  'hostkey',
  'auth',
  'session',
]);

/** How a command ended that threw `error`: the one place where errors become outcomes. */
export function outcomeOf(error: unknown): Outcome {
  const partial = partialResult(error);
  if (partial !== undefined) return partial.outcome;
  if (error instanceof HostKeyError) return 'hostkey';
  if (error instanceof AuthError) return 'auth';
  if (error instanceof ThrottledError) return 'throttled';
  // A file that says how to connect, or with what.
  if (error instanceof ConnectError || error instanceof ParseError) return 'connect';
  if (error instanceof TimeoutError) return CONNECT_PHASES.has(error.phase) ? 'connect' : 'timeout';
  if (error instanceof AbortError || error instanceof ClosedError) return 'aborted';
  if (error instanceof DisconnectedError) return 'lost';
  return 'unknown';
}

/** What a command had come to when the error ended it. */
export function partialResult(error: unknown): AnyCommandResult | undefined {
  if (!(error instanceof HawserError) || !('result' in error)) return undefined;
  // Every error of ours that has a `result` has this one: see core/errors.
  return error.result as AnyCommandResult | undefined;
}
