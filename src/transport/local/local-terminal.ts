import { closeSync, constants, openSync } from 'node:fs';
import { constants as system } from 'node:os';
import { PassThrough, Readable, Writable } from 'node:stream';
import { ReadStream } from 'node:tty';
import { ChannelError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import type { ExecChannel, ExitStatus, Pty } from '../contract.js';
import { signalGroup } from './spawn-shell.js';

/** How long the terminal of a process that has ended must be quiet before it is closed, in milliseconds. */
const QUIET = 20;

/** As much of node-pty as is used here. */
interface PtyProcess {
  readonly pid: number;
  onData(listener: (data: string | Buffer) => void): unknown;
  onExit(listener: (e: { exitCode: number; signal?: number }) => void): unknown;
  write(data: string | Buffer): void;
  resize(columns: number, rows: number): void;
  pause(): void;
  resume(): void;
}

/** A process of this machine on a pseudo-terminal of its own: its stderr comes in stdout. */
export class LocalTerminal implements ExecChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ExitStatus>;
  readonly #pty: PtyProcess;
  readonly #letGo: () => void;
  #settle: (outcome: ExitStatus | HawserError) => void = () => {};

  private constructor(pty: PtyProcess) {
    this.#pty = pty;
    this.#letGo = keepUntilRead(pty);
    const stdout = new Readable({ read: () => pty.resume(), highWaterMark: 64 * 1024 });
    const stderr = new PassThrough();
    stderr.end();
    this.stdout = stdout;
    this.stderr = stderr;
    this.stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        pty.write(chunk);
        done();
      },
      // A terminal has no end of file: it has a key for it (termios(3), VEOF).
      final: (done) => {
        pty.write('\x04');
        done();
      },
    });
    pty.onData((data) => {
      if (!stdout.push(data)) pty.pause();
    });
    this.exited = new Promise((resolve, reject) => {
      this.#settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
      pty.onExit(({ exitCode, signal }) => {
        stdout.push(null);
        const name = signal ? signalName(signal) : undefined;
        const status: ExitStatus = name === undefined ? { code: exitCode } : { signal: name, coreDumped: false };
        if (stdout.readableEnded || stdout.destroyed) resolve(status);
        else stdout.once('close', () => resolve(status));
      });
    });
    this.exited.catch(() => {});
  }

  /** Starts a shell on a new pseudo-terminal. Throws `ChannelError` where this machine's build of node-pty is missing. */
  static async start(
    shell: string,
    command: string | undefined,
    env: Readonly<Record<string, string>>,
    pty: Pty,
  ): Promise<LocalTerminal> {
    const { spawn } = await import('@lydell/node-pty').catch((cause: unknown) => {
      throw new ChannelError(
        'unsupported',
        'There is no pseudo-terminal for local processes: the optional package @lydell/node-pty is not installed.',
        { cause },
      );
    });
    const { columns, rows, term } = pty;
    const options = {
      name: term,
      cols: columns,
      rows,
      cwd: process.cwd(),
      env: { ...env, TERM: term },
      encoding: null,
    };
    return new LocalTerminal(spawn(shell, command === undefined ? ['-l'] : ['-c', command], options));
  }

  /** Its device, as programs on it know it: such as `/dev/pts/3`. */
  get device(): string | undefined {
    return deviceOf(this.#pty);
  }

  signal(name: string): void {
    signalGroup(this.#pty.pid, `SIG${name}` as NodeJS.Signals);
  }

  resize(size: { readonly columns: number; readonly rows: number }): void {
    this.#pty.resize(size.columns, size.rows);
  }

  close(): void {
    this.signal('HUP');
    this.#letGo();
    this.stdout.destroy();
    this.#settle({ missing: true });
  }

  hangUp(reason: HawserError): void {
    this.#settle(reason);
    this.close();
  }
}

/**
 * Keeps our end of a terminal open until the process has ended and its reader has come to the end of what it wrote.
 *
 * By itself node-pty closes it as soon as the far end is closed, or 200 ms after the process has ended. A program that
 * closes its output before it exits would be hung up on then, and what a reader has not read would be lost; libuv drops
 * even what is yet to be read where a short read meets a closed far end. So the far end is held open here as well.
 *
 * Returns the way to wait no longer.
 */
function keepUntilRead(pty: PtyProcess): () => void {
  const socket: unknown = Reflect.get(pty, '_socket');
  const name = deviceOf(pty);
  if (!(socket instanceof ReadStream) || name === undefined) return () => {};
  const farEnd = openSync(name, constants.O_RDWR | constants.O_NOCTTY);
  socket.once('close', () => closeSync(farEnd));
  const destroy = socket.destroy.bind(socket);
  let waits = true;
  let heard = performance.now();
  socket.on('data', () => {
    heard = performance.now();
  });
  // With the far end open nobody asks for this before the process has ended.
  const attempt = (): void => {
    const isRead = !socket.isPaused() && socket.readableLength === 0 && performance.now() - heard >= QUIET;
    if (isRead || !waits) destroy();
    else setTimeout(attempt, QUIET).unref();
  };
  socket.destroy = () => {
    attempt();
    return socket;
  };
  return () => {
    waits = false;
  };
}

function deviceOf(pty: PtyProcess): string | undefined {
  const name: unknown = Reflect.get(pty, 'ptsName');
  return typeof name === 'string' ? name : undefined;
}

function signalName(number: number): string | undefined {
  return Object.entries(system.signals).find(([, n]) => n === number)?.[0];
}
