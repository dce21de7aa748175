import type { Login } from '../lib/many-hosts.js';

/** A connect and one command on each of many hosts. */
export interface FleetJob {
  readonly login: Login;
  readonly hosts: readonly string[];
  readonly atOnce: number;
}
