import { closeSync, openSync, writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { startDebugLog } from '../../core/debug-log.js';
import { HawserError } from '../../core/hawser-error.js';
import { closeInheritedFiles } from '../../transport/local/inherited-files.js';
import { REPORT_DESCRIPTOR } from '../../transport/local/start-detached.js';
import type { StartReport } from './background.js';
import { SessionBroker } from './session-broker.js';

/** What goes with a broker and ends with it. */
export interface Companion {
  close(): Promise<void>;
}

/**
 * The broker as a process of its own: `PROGRAM SOCKET IDLE_MS`. It is started by `startInBackground`, says on a descriptor that
 * it listens, and ends when nobody has needed it for a while, or by SIGTERM.
 *
 * @param accompany starts what goes with it, once it listens.
 */
export async function serveBroker(accompany?: (broker: SessionBroker) => Promise<Companion>): Promise<void> {
  // What others may see in a list of processes.
  process.title = 'hawser session broker';
  process.umask(0o077);
  closeInheritedFiles(REPORT_DESCRIPTOR);
  const [, , socket = '', idleTimeout = ''] = process.argv;
  try {
    startLog(process.env['HAWSER_SESSION_LOG']);
    const broker = await SessionBroker.start({ socket, idleTimeout: Number(idleTimeout) });
    const companion = await accompany?.(broker);
    broker.once('close', () => void leave(companion));
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void broker.close());
    report({});
  } catch (error) {
    const code = error instanceof HawserError ? error.code : 'ERR_HAWSER_BROKER';
    report({ failed: { code, message: error instanceof Error ? error.message : String(error) } });
    process.exitCode = 1;
  }
}

async function leave(companion: Companion | undefined): Promise<void> {
  try {
    await companion?.close();
  } finally {
    process.exit();
  }
}

/** Writes what happens to a file that is named. Throws where it cannot be. */
function startLog(file: string | undefined): void {
  if (file === undefined || file === '') return;
  const log = openSync(file, 'a');
  const write = (line: string): void => {
    try {
      writeSync(log, line);
    } catch {
      // A disk that is full is no reason to end sessions.
    }
  };
  startDebugLog(write);
  for (const event of ['uncaughtExceptionMonitor', 'warning'] as const) {
    process.on(event, (error: Error) => write(`${inspect(error)}\n`));
  }
}

function report(what: StartReport): void {
  try {
    writeSync(REPORT_DESCRIPTOR, JSON.stringify(what));
    closeSync(REPORT_DESCRIPTOR);
  } catch {
    // Who started it has not waited, or it was started by hand.
  }
}
