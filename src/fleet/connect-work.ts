import type { Connection } from '../connection/connection.js';
import { asError, hostError } from '../connection/results/host-error.js';
import type { HostValue } from '../connection/results/host-value.js';
import { AbortError, ClosedError } from '../core/errors.js';
import type { Admission } from './admission.js';
import { connectWithRetries } from './connect-retries.js';
import { type HostPool, hasLeft, type Member } from './host-pool.js';
import type { HostWork, Operation } from './operation.js';
import { skippedHost } from './skipped-host.js';

/** What becomes of the connections of a host that could not be made. */
export type OnUnreachable<C extends Connection> = (pool: HostPool<C>, members: readonly Member<C>[]) => Promise<void>;

/** Connects every connection of each host; a host is connected when all of its pool are. */
export function connectWork<C extends Connection>(
  operation: Operation,
  admission: Admission,
  timeout: number | undefined,
  onUnreachable: OnUnreachable<C>,
): HostWork<HostValue<C>, C> {
  const open = async (member: Member<C>): Promise<void> => {
    const { connection } = member;
    const { signal, plan } = operation;
    admission.take(member);
    try {
      if (!connection.connected) {
        await connectWithRetries(plan.retries, signal, () =>
          admission.connect(member, signal, () => connection.connect({ signal, timeout })),
        );
      }
    } finally {
      admission.giveBack(member);
    }
  };
  return {
    async run(pool) {
      const { key, host, members } = pool;
      const begun = performance.now();
      const all = [...members];
      if (all.length === 0) return skippedHost(pool, hasLeft(pool));
      const settled = await Promise.allSettled(all.map(open));
      const failures = settled.flatMap((one, i) => {
        const member = all[i];
        return one.status === 'rejected' && member !== undefined ? [{ member, error: asError(one.reason) }] : [];
      });
      const [first] = failures;
      const durationMs = performance.now() - begun;
      const value = all[0]?.connection;
      if (first === undefined) return { key, host, ok: true, ...(value === undefined ? {} : { value }), durationMs };
      const unreachable = failures.filter(
        ({ error }) => !(error instanceof AbortError || error instanceof ClosedError),
      );
      await onUnreachable(
        pool,
        unreachable.map(({ member }) => member),
      );
      return { key, host, ok: false, error: hostError(first.error, key), durationMs };
    },
    skip: skippedHost,
  };
}
