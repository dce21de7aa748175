import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Deadline } from '../../../src/core/deadline.js';
import { ConnectTrace } from '../../../src/core/diagnostics.js';
import { AbortError, ConnectError, DisconnectedError } from '../../../src/core/errors.js';
import { MemoryTransport } from '../../../src/testing/memory-transport.js';
import type { Transport } from '../../../src/transport/contract.js';
import { type HopLease, SharedHops } from '../../../src/transport/ssh2/shared-hops.js';

/** Jump hosts that are only scripts: how they were made, when each connect may end, and how it was ended. */
class Bastions {
  readonly hops = new SharedHops();
  readonly made: MemoryTransport[] = [];
  readonly closed: MemoryTransport[] = [];
  readonly signals: AbortSignal[] = [];
  wait: Promise<void> = Promise.resolve();

  readonly make = (): Transport => {
    const transport = new MemoryTransport({ connect: () => this.wait });
    transport.once('close', () => this.closed.push(transport));
    this.made.push(transport);
    return transport;
  };

  lease(id = 'bastion', signal = new AbortController().signal): Promise<HopLease> {
    const connect = (transport: Transport, connectSignal: AbortSignal): Promise<void> => {
      this.signals.push(connectSignal);
      return transport.connect({
        signal: connectSignal,
        deadline: Deadline.in(undefined),
        trace: new ConnectTrace('bastion'),
      });
    };
    return this.hops.lease(id, this.make, connect, { signal, doing: 'connecting to bastion' });
  }
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe('a shared jump host', () => {
  it('is connected once for all who ask for it, and closed after its last user', async () => {
    const bastions = new Bastions();
    const leases = await Promise.all([bastions.lease(), bastions.lease(), bastions.lease()]);
    expect(bastions.made).toHaveLength(1);
    expect(new Set(leases.map((lease) => lease.transport)).size).toBe(1);
    leases[0]?.release();
    leases[0]?.release();
    leases[1]?.release();
    await settle();
    expect(bastions.closed).toEqual([]);
    leases[2]?.release();
    await settle();
    expect(bastions.closed).toEqual(bastions.made);
  });

  it('is another one under another name, and a new one after it was closed', async () => {
    const bastions = new Bastions();
    const a = await bastions.lease('a');
    const b = await bastions.lease('b');
    expect(bastions.made).toHaveLength(2);
    a.release();
    const again = await bastions.lease('a');
    expect(bastions.made).toHaveLength(3);
    again.release();
    b.release();
  });

  it('stays for the others where one gives up waiting', async () => {
    const bastions = new Bastions();
    let open = (): void => {};
    bastions.wait = new Promise((resolve) => {
      open = resolve;
    });
    const controller = new AbortController();
    const patient = bastions.lease();
    const impatient = bastions.lease('bastion', controller.signal);
    controller.abort();
    await expect(impatient).rejects.toThrow(AbortError);
    expect(bastions.signals[0]?.aborted).toBe(false);
    open();
    const lease = await patient;
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    lease.release();
    await settle();
    expect(bastions.closed).toHaveLength(1);
  });

  it('is given up with the last who waits, and connected anew for who comes then', async () => {
    const bastions = new Bastions();
    bastions.wait = new Promise(() => {});
    const controller = new AbortController();
    const waits = [1, 2].map(() => bastions.lease('bastion', controller.signal).catch((error: unknown) => error));
    await settle();
    controller.abort();
    for (const error of await Promise.all(waits)) expect(error).toBeInstanceOf(AbortError);
    expect(bastions.signals[0]?.aborted).toBe(true);
    bastions.wait = Promise.resolve();
    const lease = await bastions.lease();
    expect(bastions.made).toHaveLength(2);
    lease.release();
  });

  it('that could not be connected fails for all who wait, and is forgotten', async () => {
    const bastions = new Bastions();
    const failure = new ConnectError('tcp', 'Cannot connect to bastion.');
    bastions.wait = Promise.reject(failure);
    bastions.wait.catch(() => {});
    const errors = await Promise.all([1, 2].map(() => bastions.lease().catch((error: unknown) => error)));
    expect(errors).toEqual([failure, failure]);
    bastions.wait = Promise.resolve();
    const lease = await bastions.lease();
    expect(bastions.made).toHaveLength(2);
    lease.release();
  });

  it('that is lost is not lent again, and its users do not close the one that came after it', async () => {
    const bastions = new Bastions();
    const old = await bastions.lease();
    bastions.made[0]?.destroy(new DisconnectedError('The jump host was lost.'));
    const fresh = await bastions.lease();
    expect(fresh.transport).not.toBe(old.transport);
    old.release();
    await settle();
    expect(bastions.closed).toEqual([bastions.made[0]]);
    const shared = await bastions.lease();
    expect(shared.transport).toBe(fresh.transport);
    fresh.release();
    shared.release();
    await settle();
    expect(bastions.closed).toHaveLength(2);
  });
});
