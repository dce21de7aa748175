import type { Connection } from '../connection/connection.js';
import { asError, hostError } from '../connection/results/host-error.js';
import type { HostText, HostValue } from '../connection/results/host-value.js';
import type { TransferSummary } from '../core/transfer-summary.js';
import { visible } from '../core/visible.js';
import { summaryOf, TransferError } from '../remote/transfer/transfer-error.js';
import type { Admission } from './admission.js';
import type { HostPool } from './host-pool.js';
import { HostTurn } from './host-turn.js';
import type { HostWork, Operation } from './operation.js';
import { skippedHost } from './skipped-host.js';

/** A transfer with one host. It heeds the signal, and settles when it has cleared up. */
export type HostTransfer = (connection: Connection, key: string, signal: AbortSignal) => Promise<TransferSummary>;

/** What was read on one host, as text. */
export type HostRead = (connection: Connection, key: string, signal: AbortSignal) => Promise<string>;

/**
 * Transfers with each host. Unlike work of the caller's own it is waited for when it is aborted: what it had begun to
 * write is taken away before the host is done.
 */
export function transferWork(
  operation: Operation,
  admission: Admission,
  transfer: HostTransfer,
): HostWork<HostValue<TransferSummary>> {
  return {
    async run(pool) {
      const { key, host } = pool;
      const turn = new HostTurn(pool, operation, admission);
      try {
        const value = await turn.take({ alwaysHeeds: true }, (connection, signal = operation.signal) =>
          transfer(connection, key, signal),
        );
        const { durationMs } = turn;
        if (value.failed.length === 0) return { key, host, ok: true, value, durationMs };
        return { key, host, ok: false, value, error: filesFailed(value, pool), durationMs };
      } catch (thrown) {
        const error = hostError(asError(thrown), key);
        const value = summaryOf(error);
        const { durationMs, skipped } = turn;
        return { key, host, ok: false, ...skipped, ...(value === undefined ? {} : { value }), error, durationMs };
      }
    },
    skip: skippedHost,
  };
}

/** Reads text on each host. */
export function readWork(operation: Operation, admission: Admission, read: HostRead): HostWork<HostText> {
  return {
    async run(pool) {
      const { key, host } = pool;
      const turn = new HostTurn(pool, operation, admission);
      try {
        const text = await turn.take({ alwaysHeeds: true }, (connection, signal = operation.signal) =>
          read(connection, key, signal),
        );
        return { key, host, ok: true, value: text, stdout: text, durationMs: turn.durationMs };
      } catch (thrown) {
        const error = hostError(asError(thrown), key);
        return { key, host, ok: false, ...turn.skipped, stdout: '', error, durationMs: turn.durationMs };
      }
    },
    skip: (pool, why) => ({ ...skippedHost(pool, why), stdout: '' }),
  };
}

/** The error of a host some of whose files failed: `3 of 120 files failed: …`, with the first of them as its cause. */
function filesFailed(summary: TransferSummary, { key, host }: HostPool): TransferError {
  const { files, links, skipped, failed } = summary;
  const total = files + links + skipped + failed.length;
  const [first] = failed;
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  const words = `${failed.length} of ${total} ${total === 1 ? 'file' : 'files'} failed: ${visible(first?.message ?? '')}${more}`;
  return new TransferError(words, summary, { host, key, cause: first });
}
