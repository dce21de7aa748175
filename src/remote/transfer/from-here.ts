import type { TransferSummary } from '../../core/transfer-summary.js';
import { localAccess } from '../files/local/local-access.js';
import type { TransferOptions } from './options.js';
import { type Place, transfer } from './transfer.js';

/** A transfer whose near end is this machine: what a connection loads when it is first asked for one. */
export function upload(local: string, to: Place, o: TransferOptions): Promise<TransferSummary> {
  return transfer({ access: localAccess(), path: local }, to, o);
}

/** As {@link upload}, the other way round. */
export function download(from: Place, local: string, o: TransferOptions): Promise<TransferSummary> {
  return transfer(from, { access: localAccess(), path: local }, o);
}
