import type { TransferSummary } from '../core/transfer-summary.js';
import type { TransferOptions } from '../remote/transfer/options.js';
import { transfer } from '../remote/transfer/transfer.js';
import type { Connection } from './connection.js';

/** A file or a tree of a machine. */
export interface RemotePlace {
  readonly connection: Connection;
  readonly path: string;
}

/**
 * Copies a file or a tree from one machine to another. The bytes pass through this process and touch no disk of it; neither
 * machine has to reach the other, or to know a key of it. See {@link transfer} for where it goes, and what is thrown.
 *
 * @example
 * await copyBetween({ connection: old, path: '/srv/app' }, { connection: next, path: '/srv/app' }, { preserve: true });
 */
export function copyBetween(from: RemotePlace, to: RemotePlace, o: TransferOptions = {}): Promise<TransferSummary> {
  return transfer(
    { access: from.connection.files, path: from.path },
    { access: to.connection.files, path: to.path },
    o,
  );
}
