import { type CommandResult, type Outcome, readsAsText } from '../../core/command-result.js';
import { diagnostics } from '../../core/diagnostics.js';
import {
  AbortError,
  type AnyCommandResult,
  ClosedError,
  CommandError,
  DisconnectedError,
  TimeoutError,
} from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import type { ExitStatus } from '../../transport/contract.js';
import type { Site } from '../site.js';
import type { Collector } from './collector.js';

/** What is known of a command when it is over. */
export interface Ending {
  readonly command: string;
  readonly stdout: Collector;
  readonly stderr: Collector;
  readonly encoding: BufferEncoding | 'buffer';
  readonly begun: number;
}

/** The result of a command that ended, in whichever way. */
export function endedResult(site: Site, ending: Ending, status: ExitStatus): AnyCommandResult {
  if ('code' in status) return result(site, ending, { outcome: 'exit', status: status.code });
  if ('signal' in status) return result(site, ending, { outcome: 'signal', signal: status.signal });
  return result(site, ending, { outcome: 'unknown' });
}

/** A command that was cut short: the error, with the partial result in `result`, and the result, with it in `error`. */
export function cutShort(
  site: Site,
  ending: Ending,
  cause: HawserError,
  killed: 'confirmed' | 'unknown' | undefined,
): { readonly error: HawserError; readonly result: AnyCommandResult } {
  const outcome: Outcome =
    cause instanceof TimeoutError ? 'timeout' : cause instanceof DisconnectedError ? 'lost' : 'aborted';
  const partial = result(site, ending, { outcome });
  if (killed !== undefined) Object.assign(partial, { killed });
  const error = withResult(site, cause, partial);
  Object.assign(partial, { error });
  return { error, result: partial };
}

function withResult(site: Site, cause: HawserError, partial: AnyCommandResult): HawserError {
  const options = { host: site.host, key: site.key, cause: cause.cause, result: partial };
  const left = partial.killed === 'unknown' ? ' Its end on the far machine was not seen.' : '';
  if (cause instanceof TimeoutError) {
    return new TimeoutError(`${cause.message}${left}`, { ...options, phase: cause.phase, ms: cause.ms });
  }
  if (cause instanceof DisconnectedError) {
    return new DisconnectedError(`${cause.message} The command may still be running there.`, options);
  }
  if (cause instanceof ClosedError) {
    return new ClosedError(`${cause.message} The command may still be running there.`, options);
  }
  if (cause instanceof AbortError) return new AbortError(`${cause.message}${left}`, options);
  return cause;
}

/** The error for a result that `check: true` does not let pass. */
export function failedCheck(site: Site, result: AnyCommandResult): CommandError {
  const how =
    result.status !== null
      ? `ended with status ${result.status}`
      : result.signal !== null
        ? `was ended by ${result.signal}`
        : 'ended, and the server did not say how';
  const words = visible(result.stderr.toString().trim().split('\n').at(-1) ?? '').slice(0, 200);
  return new CommandError(
    `${shortened(result.command)} ${how} on ${site.key}${words === '' ? '' : `: ${words}`}`,
    result,
    { host: site.host, key: site.key },
  );
}

/** A command as it is named in a message: one line, not too long. */
export function shortened(command: string): string {
  const line = visible(command).replaceAll('\n', ' ');
  return JSON.stringify(line.length > 60 ? `${line.slice(0, 57)}…` : line);
}

interface Facts {
  readonly outcome: Outcome;
  readonly status?: number;
  readonly signal?: string;
}

function result(site: Site, ending: Ending, facts: Facts): AnyCommandResult {
  const { stdout, stderr, encoding } = ending;
  return encoding === 'buffer'
    ? withOutput(site, ending, facts, [stdout.bytes(), stderr.bytes()])
    : withOutput(site, ending, facts, [stdout.text(encoding), stderr.text(encoding)]);
}

function withOutput<Text extends string | Buffer>(
  { key, host }: Site,
  { command, begun, stdout, stderr }: Ending,
  { outcome, status, signal }: Facts,
  output: readonly [stdout: Text, stderr: Text],
): CommandResult<Text> {
  return readsAsText({
    key,
    host,
    command,
    status: status ?? null,
    signal: signal ?? null,
    ok: outcome === 'exit' && status === 0,
    outcome,
    durationMs: performance.now() - begun,
    truncated: { stdout: stdout.truncated, stderr: stderr.truncated },
    stdout: output[0],
    stderr: output[1],
  });
}

/** Whether an error means that a command was under way, or about to be, and was cut. */
export function isCut(error: unknown): error is HawserError {
  return (
    error instanceof TimeoutError ||
    error instanceof AbortError ||
    error instanceof DisconnectedError ||
    error instanceof ClosedError
  );
}

/** Whether the command is out of reach, and may run on: its connection has gone, or was closed. */
export function runsOn(error: HawserError): boolean {
  return error instanceof DisconnectedError || error instanceof ClosedError;
}

/** The error for a command whose time limit has passed. */
export function timedOut(
  site: { readonly key: string; readonly host: string },
  command: string,
  ms: number,
): TimeoutError {
  return new TimeoutError(`${shortened(command)} did not end within ${ms} ms on ${site.key} and was ended.`, {
    phase: 'execute',
    ms,
    host: site.host,
    key: site.key,
  });
}

/** Why a command is to be ended whose signal has fired. */
export function cutBy({ reason }: AbortSignal): HawserError {
  return isCut(reason) ? reason : new AbortError('The command was aborted by the caller.', { cause: reason });
}

/** Tells on `hawser:execute` that a command is started. */
export function publishStart(site: Site, command: string): void {
  if (!diagnostics.execute.active) return;
  diagnostics.execute.publish({ type: 'start', id: site.key, host: site.host, command });
}

/** Tells on `hawser:execute` that a command is over; without a result it was never started. */
export function publishEnd(site: Site, { command, begun }: Ending, result: AnyCommandResult | undefined): void {
  if (!diagnostics.execute.active) return;
  const { outcome = 'skipped', status = null, durationMs = performance.now() - begun } = result ?? {};
  diagnostics.execute.publish({ type: 'end', id: site.key, host: site.host, command, outcome, status, durationMs });
}
