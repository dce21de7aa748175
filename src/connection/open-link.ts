import { type Abortable, abortReason, raceAbort } from '../core/abort.js';
import { type CallScope, Deadline } from '../core/deadline.js';
import type { ConnectTrace } from '../core/diagnostics.js';
import { TimeoutError } from '../core/errors.js';
import type { Transport } from '../transport/contract.js';

/** Options of `Connection.connect`. */
export interface ConnectOptions extends Abortable {
  /** For the whole connect, in milliseconds. Default: the target's `connectTimeout`, ssh_config's, or 20,000. */
  readonly timeout?: number | undefined;
}

/** A way to the machine, not yet connected, and the time limit that its configuration asks for. */
export interface OpenedTransport {
  readonly transport: Transport;
  /** In milliseconds; `undefined`: no wish. */
  readonly connectTimeout: number | undefined;
}

/** Lets a connect begin, or throws what the signal says. What it gives is called once the connect has ended. */
export type ConnectGate = (signal: AbortSignal) => Promise<() => void>;

/** What {@link openLink} connects, and how. */
export interface OpenLinkOptions {
  readonly key: string;
  readonly trace: ConnectTrace;
  readonly gate: ConnectGate | undefined;
  /** For the whole connect, in milliseconds. */
  readonly timeout?: number | undefined;
  /** Whether it holds up no process: who waits for it does. */
  readonly background?: boolean;
  readonly open: () => Promise<OpenedTransport>;
  /** Takes the transport, once it stands and while it is still wanted. */
  readonly adopt: (transport: Transport) => void;
}

const DEFAULT_CONNECT_TIMEOUT = 20_000;

/** Makes a way to a machine and connects it within its time limit, which the wait at the gate is no part of. */
export async function openLink(scope: CallScope, o: OpenLinkOptions): Promise<void> {
  const { key, trace } = o;
  const { signal } = scope;
  const background = o.background === true;
  const race = { doing: `connecting to ${key}`, host: key };
  let leave: (() => void) | undefined;
  try {
    leave = o.gate && (await o.gate(signal));
    const begun = performance.now();
    const { transport, connectTimeout } = await raceAbort(o.open(), signal, race);
    const ms = o.timeout ?? connectTimeout ?? DEFAULT_CONNECT_TIMEOUT;
    const left = Math.max(1, ms - (performance.now() - begun));
    scope.limit(left, () => connectTimedOut(key, ms, trace), { holds: !background });
    await transport.connect({ signal, deadline: Deadline.in(left), trace, background });
    if (signal.aborted) {
      const reason = abortReason(signal, race.doing, key);
      transport.destroy(reason);
      throw reason;
    }
    o.adopt(transport);
  } catch (error) {
    const { place } = trace;
    if (place !== undefined) trace.step(place.hop, place.phase, error instanceof Error ? error.message : '', 'failed');
    throw error;
  } finally {
    leave?.();
  }
}

/** The error for a connect that took too long: it says where it was, and what was seen there. */
export function connectTimedOut(host: string, ms: number, trace: ConnectTrace | undefined): TimeoutError {
  const { phase = 'resolve', hop = '', note } = trace?.place ?? {};
  const seen = note === undefined ? '' : `; ${note()}`;
  const advice = phase === 'tcp' ? ' Is it up, does a firewall drop the packets?' : '';
  const message = `Timed out after ${ms} ms of connecting to ${host} (${phase}${hop === '' ? '' : `, ${hop}`}${seen}).${advice}`;
  return new TimeoutError(message, { phase, ms, host });
}
