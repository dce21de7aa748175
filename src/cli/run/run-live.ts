import { existsSync } from 'node:fs';
import { isDebugLogAsked } from '../../core/debug-log.js';
import { TimeoutError } from '../../core/errors.js';
import { OptionError } from '../../core/hawser-error.js';
import { brokerSocket, hasBrokerSocket } from '../../session/broker/socket-place.js';
import { inventoryFile } from '../options/inventory-file.js';
import { rememberSilence } from '../options/silent-broker.js';
import { readPlainRun } from './plain-run.js';

/**
 * Runs a command on one host over a session that a broker has open. A start of the whole program, with its reader of
 * options, its fleets and its SSH, would take longer than the command: none of that is loaded for it. Who wants to see how it
 * goes (`HAWSER_DEBUG`) is shown the whole of it.
 *
 * @param words those behind `hawser run`.
 * @returns whether it was done; `false`: the words are not that simple, or there is no such session, and nothing was done.
 */
export async function runLive(words: readonly string[]): Promise<boolean> {
  const plain = isDebugLogAsked() ? undefined : readPlainRun(words);
  if (plain === undefined || existsSync(inventoryFile(process.env))) return false;
  const socket = await socketOfBroker();
  if (socket === undefined) return false;
  const { runOverSession } = await import('./run-over-session.js');
  try {
    return await runOverSession(socket, plain);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    rememberSilence(error);
    return false;
  }
}

/** Where there may be a broker. A place that is not safe is none: whoever reads the words in full says so. */
async function socketOfBroker(): Promise<string | undefined> {
  try {
    const socket = brokerSocket();
    return (await hasBrokerSocket(socket)) ? socket : undefined;
  } catch (error) {
    if (error instanceof OptionError) return undefined;
    throw error;
  }
}
