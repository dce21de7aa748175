import type { HostValue } from '../../connection/results/host-value.js';
import { outcomeOf } from '../../connection/results/outcome-of.js';
import { resultRecord } from '../../connection/results/result-record.js';
import { AbortError, TimeoutError } from '../../core/errors.js';
import type { FileError } from '../../core/file-error.js';
import { HawserError } from '../../core/hawser-error.js';
import type { TransferSummary } from '../../core/transfer-summary.js';
import { TransferError } from '../../remote/transfer/transfer-error.js';
import { describeFailure, type Failure } from '../run/describe-failure.js';
import { counted, oneLine } from '../terminal/text.js';

/** What a transfer with one host came to. */
export type TransferResult = HostValue<TransferSummary>;

/** How a host ended, in a word for a table. */
export type TransferState = 'ok' | 'unchanged' | 'failed' | 'interrupted' | 'not started';

/** How a host ended. `unchanged`: it had everything already. */
export function stateOf({ ok, value, error, outcome }: TransferResult): TransferState {
  if (outcome === 'skipped') return 'not started';
  if (!ok) return error instanceof AbortError ? 'interrupted' : 'failed';
  const changed = (value?.files ?? 0) + (value?.directories ?? 0) + (value?.links ?? 0) + (value?.deleted ?? 0);
  return changed === 0 && (value?.skipped ?? 0) > 0 ? 'unchanged' : 'ok';
}

/** Says how a transfer failed. `flags` are those that `hawser trust` needs to find the host too. */
export function describeTransfer(result: TransferResult, flags: readonly string[]): Failure {
  const { key, error, durationMs } = result;
  if (result.outcome === 'skipped') return describeFailure({ key, outcome: 'skipped', durationMs });
  const failed = failedFiles(result);
  if (failed.length > 1) return { what: `${counted(failed.length, 'file')} failed` };
  if (failed[0] !== undefined) return { what: oneLine(failed[0].message) };
  // What hung is worth more words than for how long.
  if (error instanceof TimeoutError && error.phase === 'transfer') return { what: oneLine(error.message) };
  if (!(error instanceof HawserError)) return { what: oneLine(error?.message ?? 'failed') };
  return describeFailure({ key, outcome: outcomeOf(error), durationMs, error }, flags);
}

/** The files of a host that failed while others did not. */
export function failedFiles({ value }: TransferResult): readonly FileError[] {
  return value?.failed ?? [];
}

/** A result as plain data: its error does not say again what its value does. */
export function withoutEcho(result: TransferResult): Readonly<Record<string, unknown>> {
  const { error, value } = result;
  const plain = resultRecord(result);
  if (!(error instanceof TransferError) || value === undefined) return plain;
  const { summary: _same, ...rest } = error.toJSON();
  return { ...plain, error: rest };
}
