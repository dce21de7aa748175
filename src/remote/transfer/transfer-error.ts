import { HawserError, type HawserErrorOptions } from '../../core/hawser-error.js';
import type { TransferSummary } from './summary.js';

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
