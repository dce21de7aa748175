import { type ChildProcess, spawn } from 'node:child_process';
import { createConnection } from 'node:net';
import { abortReason, onAbort } from '../../core/abort.js';
import { ConnectError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import { holdProcess } from '../hold-process.js';
import type { Workplace } from './workplace.js';

/** What ssh says at `LogLevel DEBUG1` once its control socket listens. */
const READY = 'Entering interactive session.';
/** How ssh says why a connection has ended. It goes on with what it has counted. */
const FAREWELL =
  /^(?:client_loop|Connection (?:to|from|reset|closed)|Read from|Received disconnect|Timeout, server|Write failed)/;
/** How long a process that was told to end may take for it, in milliseconds. */
const GRACE = 500;
/** Between two signals, in milliseconds. */
const AGAIN = 20;

/** A connection of ssh's that many share. */
export interface Master {
  /** Its control socket. */
  readonly socket: string;
  /** Whether somebody else has started it. */
  readonly borrowed: boolean;
  /** Settles when it has ended, with what it said of the reason. */
  readonly ended: Promise<string | undefined>;
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
  /** Whether it does not keep this process alive until it is ready, either. */
  readonly background: boolean;
  readonly workplace: Workplace;
  readonly onStart: (pid: number | undefined) => void;
  /** Hears each line that ssh says. */
  readonly onLine: (line: string) => void;
  /** The error for a master that ended before it was ready. */
  readonly failure: () => Promise<HawserError>;
}

/** Starts a master of our own, and waits until it takes sessions. Throws what `failure` makes of its last words. */
export function startMaster(o: StartMaster): Promise<Master> {
  const child = spawn(o.ssh, o.args, { env: o.env, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  o.workplace.keep(child);
  o.onStart(child.pid);
  const letGo = (): void => {
    child.unref();
    holdProcess(child.stderr, false);
  };
  if (o.background) letGo();
  return new Promise((resolve, reject) => {
    const stop = onAbort(o.signal, () => {
      endGroup(child);
      reject(abortReason(o.signal, `connecting to ${o.host}`, o.host));
    });
    let isReady = false;
    let held = '';
    let last: string | undefined;
    const hear = (line: string): void => {
      o.onLine(line);
      if (FAREWELL.test(line)) last = line;
      if (line.endsWith(READY)) ready();
    };
    const ended = new Promise<string | undefined>((over) => {
      child.once('close', () => {
        stop();
        if (held !== '') hear(held);
        over(last);
        if (!isReady) o.failure().then(reject, reject);
      });
    });
    const ready = (): void => {
      isReady = true;
      stop();
      // Work under way keeps the process alive, and no connection that is idle.
      letGo();
      resolve({ socket: o.socket, borrowed: false, ended, release: () => endGroup(child) });
    };
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (held + text).split(/\r?\n/);
      held = lines.pop() ?? '';
      for (const line of lines) hear(line);
    });
    // What it has started, such as a ProxyCommand, goes with it, and would keep its stderr open.
    child.once('exit', () => signalGroup(child, 'SIGTERM'));
    child.once('error', (cause) => {
      stop();
      const message = `Cannot start ${o.ssh}: ${cause.message}. Is OpenSSH's client installed?`;
      reject(new ConnectError('session', message, { host: o.host, cause }));
    });
  });
}

/** Takes up a master that somebody else has started; `undefined` where none answers. Throws `AbortError`. */
export function adoptMaster(socket: string, signal: AbortSignal, host: string): Promise<Master | undefined> {
  return new Promise((resolve, reject) => {
    // As long as this stands so does the master: one that waits for its last user (ControlPersist) has one.
    const watch = createConnection(socket);
    const stop = onAbort(signal, () => {
      watch.destroy();
      reject(abortReason(signal, `looking for a master connection to ${host}`, host));
    });
    watch.once('error', () => {});
    watch.once('close', () => {
      stop();
      resolve(undefined);
    });
    // It greets whoever comes, and waits.
    watch.once('data', () => {
      stop();
      const ended = new Promise<undefined>((over) => watch.once('close', () => over(undefined)));
      watch.resume().unref();
      resolve({ socket, borrowed: true, ended, release: () => watch.destroy() });
    });
  });
}

/** Whether a master answers at a socket: one that is on its way out may still be connected to, and says nothing. */
export function isAnswering(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(socket);
    probe.once('error', () => {});
    probe.once('close', () => resolve(false));
    probe.once('data', () => {
      resolve(true);
      probe.destroy();
    });
  });
}

/**
 * Ends a process with those that it has started, and kills them where they stay. ssh is told again and again: one that
 * was about to wait for packets would hear of the first signal with the next of them.
 */
function endGroup(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const begun = performance.now();
  const tell = (): void => signalGroup(child, performance.now() - begun < GRACE ? 'SIGTERM' : 'SIGKILL');
  tell();
  const again = setInterval(tell, AGAIN).unref();
  child.once('exit', () => clearInterval(again));
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has gone in the meantime, which is what was wanted.
  }
}
