import type { Login } from '../lib/many-hosts.js';

/** A connect, and a file or a tree that is carried to where nothing is. */
export interface TransferJob {
  readonly login: Login;
  readonly host: string;
  readonly direction: 'upload' | 'download';
  readonly from: string;
  readonly to: string;
}
