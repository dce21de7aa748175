import { FleetRun } from '../connection/results/fleet-run.js';
import { asError, hostError } from '../connection/results/host-error.js';
import type { HostOutcome, HostValue } from '../connection/results/host-value.js';
import { onAbort } from '../core/abort.js';
import { CallScope, checkTimeout } from '../core/deadline.js';
import { TimeoutError } from '../core/errors.js';
import { checkLimit, Limiter } from '../core/limiter.js';
import type { Device } from './device.js';
import type { TestbedCallOptions } from './testbed-options.js';

const DEFAULT_BATCH_SIZE = 100;

/** Work on one device after another, so many at once. */
export interface DeviceWork<T extends HostOutcome> {
  readonly devices: readonly Device[];
  /** Ends all of it. */
  readonly closed: AbortSignal;
  /** Works on a device; heeds the signal. */
  run(device: Device, signal: AbortSignal): Promise<T>;
  /** The result of a device on which it failed, or was not begun (`skipped`). */
  failed(device: Device, error: unknown, about: { readonly skipped: boolean; readonly durationMs: number }): T;
}

/** Where a device is, as far as that is known. */
export function hostOf(device: Device): string {
  return device.connectionManager.find()?.host ?? device.name;
}

/** What a device came to whose work has no result of its own. */
export function failedValue<T>(
  device: Device,
  error: unknown,
  { skipped, durationMs }: { readonly skipped: boolean; readonly durationMs: number },
): HostValue<T> {
  return {
    key: device.name,
    host: hostOf(device),
    ok: false,
    error: hostError(asError(error), device.name),
    ...(skipped ? { outcome: 'skipped' } : {}),
    durationMs,
  };
}

/** Runs the work, with one result a device. Rejects with OptionError for what cannot be meant; `choose` may throw it. */
export function eachDevice<T extends HostOutcome>(choose: () => DeviceWork<T>, o: TestbedCallOptions): FleetRun<T> {
  return new FleetRun<T>(async (publish) => {
    const work = choose();
    const timeout = checkTimeout('timeout', o.timeout);
    const turns = new Limiter(checkLimit('batchSize', o.batchSize ?? DEFAULT_BATCH_SIZE), 'turn');
    using all = new CallScope(work.closed);
    const stop = onAbort(o.signal, () => all.abort(o.signal?.reason));
    try {
      await Promise.all(
        work.devices.map(async (device, index) =>
          publish(index, await oneDevice(device, work, turns, all.signal, timeout)),
        ),
      );
    } finally {
      stop();
    }
  });
}

async function oneDevice<T extends HostOutcome>(
  device: Device,
  work: DeviceWork<T>,
  turns: Limiter,
  signal: AbortSignal,
  timeout: number | undefined,
): Promise<T> {
  let begun: number | undefined;
  try {
    using _turn = await turns.acquire({ signal });
    begun = performance.now();
    using scope = new CallScope(signal, timeout, () => timedOut(device, timeout ?? 0));
    return await work.run(device, scope.signal);
  } catch (error) {
    const durationMs = begun === undefined ? 0 : performance.now() - begun;
    return work.failed(device, error, { skipped: begun === undefined, durationMs });
  }
}

function timedOut(device: Device, ms: number): TimeoutError {
  const [host, connected] = [hostOf(device), device.isConnected()];
  const where = connected ? '' : ', and was still connecting';
  return new TimeoutError(`${device.name} was not done within ${ms} ms${where}.`, {
    phase: connected ? 'execute' : 'connect',
    ms,
    host,
    key: device.name,
  });
}
