import { type ChildProcess, spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { onAbort } from '../../core/abort.js';
import { ConnectError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import type { Workplace } from './workplace.js';

/** How much of what ssh says is kept for an error. */
const KEPT_LINES = 200;
/** What ssh says at LogLevel DEBUG1 once its control socket listens. */
const READY = 'Entering interactive session.';

/** A connection of ssh's that others share, and what it said so far. */
export interface Master {
  /** Its control socket. */
  readonly socket: string;
  /** Settles when it has ended, with the last lines it said. */
  readonly ended: Promise<readonly string[]>;
  /** Lets go of it: one of our own ends, a borrowed one stays. */
  release(): void;
}

/** How a master is started. */
export interface StartMaster {
  readonly ssh: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly socket: string;
  readonly host: string;
  readonly signal: AbortSignal;
  /** Hears each line that ssh says. */
  readonly onLine: (line: string) => void;
  /** The error for a master that ended before it was ready, by what it said. */
  readonly failure: (lines: readonly string[]) => HawserError;
}

/** Starts a master of our own, and waits until it takes sessions. Throws what `failure` makes of its last words. */
export function startMaster(workplace: Workplace, o: StartMaster): Promise<Master> {
  const child = spawn(o.ssh, o.args, { env: o.env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  workplace.keep(child);
  const lines: string[] = [];
  let held = '';
  return new Promise((resolve, reject) => {
    const stop = onAbort(o.signal, () => {
      endGroup(child);
      reject(o.signal.reason);
    });
    const ended = new Promise<readonly string[]>((over) => {
      child.once('close', () => {
        stop();
        if (held !== '') hear(held);
        over(lines);
        reject(o.failure(lines));
      });
    });
    const hear = (line: string): void => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.splice(0, lines.length - KEPT_LINES / 2);
      o.onLine(line);
      if (!line.endsWith(READY)) return;
      stop();
      if ('unref' in child.stderr && typeof child.stderr.unref === 'function') child.stderr.unref();
      child.unref();
      resolve({ socket: o.socket, ended, release: () => endGroup(child) });
    };
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const parts = (held + text).split(/\r?\n/);
      held = parts.pop() ?? '';
      for (const line of parts) hear(line);
    });
    child.once('error', (cause) => {
      stop();
      const message = `Cannot start ${o.ssh}: ${cause.message}. Is OpenSSH's client installed?`;
      reject(new ConnectError('session', message, { host: o.host, cause }));
    });
  });
}

/** Takes up a master that somebody else has started; `undefined` where none answers. */
export function adoptMaster(socket: string): Promise<Master | undefined> {
  return new Promise((resolve) => {
    // As long as it stands so does the master: one that waits for its last user (ControlPersist) has one.
    const watch = createConnection(socket);
    watch.once('error', () => resolve(undefined));
    watch.once('data', () => {
      const ended = new Promise<readonly string[]>((over) => watch.once('close', () => over([])));
      watch.on('data', () => {}).unref();
      resolve({ socket, ended, release: () => watch.destroy() });
    });
    watch.once('close', () => resolve(undefined));
  });
}

/** Ends a process with those that it has started, such as a ProxyCommand. */
export function endGroup(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has gone in the meantime, which is what was wanted.
  }
}
