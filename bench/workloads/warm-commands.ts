import type { Login } from '../lib/many-hosts.js';

/** Commands on one connection that stands already. */
export interface WarmCommands {
  readonly login: Login;
  readonly host: string;
  /** How many run before the measured ones, to warm up. */
  readonly warmUp: number;
  readonly count: number;
  readonly atOnce: number;
}
