import { AbortError, ClosedError, DisconnectedError, TimeoutError } from '../../core/errors.js';
import { HawserError, type HawserErrorOptions } from '../../core/hawser-error.js';
import type { TransferSummary } from '../../core/transfer-summary.js';

/** A transfer as a whole could not go on, for another reason than its link. `summary` says what had been done. */
export class TransferError extends HawserError {
  readonly summary: TransferSummary;

  constructor(message: string, summary: TransferSummary, options: HawserErrorOptions = {}) {
    super('ERR_HAWSER_TRANSFER', message, options);
    this.summary = summary;
  }

  override toJSON(): Record<string, unknown> {
    const { failed, ...counts } = this.summary;
    return { ...super.toJSON(), summary: { ...counts, failed: failed.map((error) => error.toJSON()) } };
  }
}

/**
 * The error of a transfer that was cut short, with what had been done until then in `summary`. It is a new one: one cause
 * may end many transfers.
 */
export function withSummary(cause: HawserError, summary: TransferSummary): HawserError {
  const { message, host, key, retryable } = cause;
  const options = { host, key, retryable, cause: cause.cause, summary };
  if (cause instanceof TimeoutError) return new TimeoutError(message, { ...options, phase: cause.phase, ms: cause.ms });
  if (cause instanceof DisconnectedError) return new DisconnectedError(message, options);
  if (cause instanceof AbortError) return new AbortError(message, options);
  if (cause instanceof ClosedError) return new ClosedError(message, options);
  return cause;
}

/** What a transfer had done when the error ended it; `undefined` where none had begun. */
export function summaryOf(error: unknown): TransferSummary | undefined {
  if (
    error instanceof TransferError ||
    error instanceof TimeoutError ||
    error instanceof DisconnectedError ||
    error instanceof AbortError ||
    error instanceof ClosedError
  ) {
    return error.summary;
  }
  return undefined;
}
