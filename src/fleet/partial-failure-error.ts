import { HawserError } from '../core/hawser-error.js';
import { visible } from '../core/visible.js';
import type { HostOutcome } from './host-value.js';
import type { MultiResult } from './multi-result.js';

/** How many hosts a message names, and how much it says of each. */
const NAMED = 5;
const WORDS = 120;

/** Some hosts failed. What they and the others came to is all here. */
export class PartialFailureError<T extends HostOutcome = HostOutcome> extends HawserError {
  readonly succeeded: MultiResult<T>;
  readonly failed: MultiResult<T>;
  readonly total: number;

  constructor(succeeded: MultiResult<T>, failed: MultiResult<T>) {
    const total = succeeded.size + failed.size;
    const named = [...failed.values()].slice(0, NAMED).map((item) => `${visible(item.key)} (${reason(item)})`);
    const more = failed.size > NAMED ? ` and ${failed.size - NAMED} more` : '';
    super(
      'ERR_HAWSER_PARTIAL_FAILURE',
      `${failed.size} of ${total} ${total === 1 ? 'host' : 'hosts'} failed: ${named.join(', ')}${more}`,
    );
    this.succeeded = succeeded;
    this.failed = failed;
    this.total = total;
  }

  override toJSON(): Record<string, unknown> {
    const { total, succeeded, failed } = this;
    return { ...super.toJSON(), total, succeeded: [...succeeded.keys()], failed: [...failed.keys()] };
  }
}

/** Why one host failed, in a few words. */
function reason(
  item: HostOutcome & { readonly outcome?: unknown; readonly status?: unknown; readonly signal?: unknown },
): string {
  const { outcome, status, signal, error } = item;
  if (outcome === 'exit') return `exit ${String(status)}`;
  if (outcome === 'signal') return `signal ${String(signal)}`;
  const kind = typeof outcome === 'string' ? outcome : undefined;
  const said = error === undefined ? undefined : shortened(error.message);
  return [kind, said].filter((part) => part !== undefined).join(': ') || 'failed';
}

function shortened(text: string): string {
  const line = visible(text.trim()).replaceAll(/\s*\n\s*/g, ' ');
  return line.length > WORDS ? `${line.slice(0, WORDS - 1)}…` : line;
}
