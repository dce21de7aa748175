import type { Abortable } from '../../core/abort.js';
import { ConnectError } from '../../core/errors.js';
import { refuseStray } from '../session-options.js';
import { startInBackground } from './background.js';
import type { BrokerClient } from './broker-client.js';
import { readIdleTimeout, type SessionBrokerOptions } from './broker-options.js';
import { underLock } from './claim-socket.js';
import { greetBroker } from './reach-broker.js';
import { brokerSocket, makeSocketDirectory } from './socket-place.js';

/** How often a broker is started that is gone again when it is connected to. */
const TRIES = 3;

/**
 * `SessionBroker.connect`: a client of the broker that runs, or else of one that is started for it.
 *
 * @param program what is started, by its own file: one that calls `serveBroker`. Default: the broker alone.
 */
export async function connectBroker(o: SessionBrokerOptions & Abortable = {}, program?: URL): Promise<BrokerClient> {
  refuseStray('SessionBroker.connect', o, ['socket', 'idleTimeout', 'signal']);
  const { signal } = o;
  const idleTimeout = readIdleTimeout(o);
  const socket = brokerSocket(o.socket);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const client = await greetBroker(socket, signal);
    if (client !== undefined) return client;
    makeSocketDirectory(socket);
    const start = async (): Promise<void> => {
      // It may have been started while this one came for the lock.
      await using there = await greetBroker(socket, signal);
      if (there === undefined) await startInBackground(socket, idleTimeout, { signal, program });
    };
    await underLock(`${socket}.lock`, start, { signal });
  }
  throw new ConnectError('session', `The session broker at ${socket} is started and is gone again, ${TRIES} times.`);
}
