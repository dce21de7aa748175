import { hostError } from '../connection/results/host-error.js';
import type { HostPool } from './host-pool.js';

/** What a host's result says whose turn never came, whatever the work would have been. */
export interface SkippedHost {
  readonly key: string;
  readonly host: string;
  readonly ok: false;
  readonly outcome: 'skipped';
  readonly error: Error;
  readonly durationMs: 0;
}

/** The result of a host on which nothing was begun, for the reason `why`. */
export function skippedHost({ key, host }: HostPool, why: Error): SkippedHost {
  return { key, host, ok: false, outcome: 'skipped', error: hostError(why, key), durationMs: 0 };
}
