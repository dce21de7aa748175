import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { waitUntil } from './wait-until.js';

const keeper = fileURLToPath(new URL('keep.sh', import.meta.url));

/** A server that ends with this process, however this process ends. */
export interface KeptProcess {
  readonly pid: number;
  /** Ends the server and every process that it started. */
  stop(): Promise<void>;
}

/** What to run, and how to see that it is ready. */
export interface KeptCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** File that takes what the server writes. */
  readonly log: string;
  /** Says whether the server can be used. Asked until it can. */
  ready(): Promise<boolean>;
  /** How long it may take until then, in milliseconds. Default 10,000. */
  readonly limit?: number;
}

/**
 * Starts a server in the foreground under `keep.sh`, whose stdin is its lifeline: when this process ends or dies,
 * the pipe closes and the server goes with it. The server does not keep this process alive.
 *
 * @throws Error with the end of the log when the server ends before it is ready.
 */
export async function keepProcess(what: KeptCommand): Promise<KeptProcess> {
  const child = spawn(keeper, [what.log, what.command, ...what.args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const closed = once(child, 'close');
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const keepAlive = (on: boolean): void => {
    for (const handle of [child, child.stdin, child.stdout]) holdOpen(handle, on);
  };
  const stop = async (): Promise<void> => {
    keepAlive(true);
    child.stdin.end();
    await closed;
  };
  try {
    await waitUntil(
      `${what.command} to be ready`,
      async () => {
        if (hasEnded(child)) throw new Error(`${what.command} ended at once:\n${await endOf(what.log)}`);
        return what.ready();
      },
      what.limit,
    );
  } catch (error) {
    await stop();
    throw error;
  }
  keepAlive(false);
  return { pid: Number(line), stop };
}

/** A TCP port of 127.0.0.1 that was free a moment ago, below the range that the kernel gives to clients. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false));
      probe.listen({ port, host: '0.0.0.0', exclusive: true }, () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/** Is `port` listened on, in the network of this process or of another? Reads `/proc`: a server with few places for strangers would count a connection. */
export async function isListening(port: number, process: number | 'self' = 'self'): Promise<boolean> {
  const hexadecimal = port.toString(16).toUpperCase().padStart(4, '0');
  const table = await readFile(`/proc/${process}/net/tcp`, 'utf8');
  return table.split('\n').some((row) => {
    const [, local, , state] = row.trim().split(/\s+/);
    return state === '0A' && local?.endsWith(`:${hexadecimal}`) === true;
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function endOf(log: string): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text.split('\n').slice(-6).join('\n');
}

// A child's pipes are sockets, which their types do not say.
function holdOpen(handle: object, on: boolean): void {
  const name = on ? 'ref' : 'unref';
  if (name in handle) (handle as { ref(): void; unref(): void })[name]();
}
