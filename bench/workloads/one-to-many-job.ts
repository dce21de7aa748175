import type { Login } from '../lib/many-hosts.js';

/** One local file that many hosts get at once. */
export interface OneToManyJob {
  readonly login: Login;
  readonly hosts: readonly string[];
  readonly from: string;
  readonly to: string;
}
