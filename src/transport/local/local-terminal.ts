import { constants } from 'node:os';
import { PassThrough, Readable, Writable } from 'node:stream';
import { ChannelError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import type { ExecChannel, ExitStatus, Pty } from '../contract.js';
import { signalGroup } from './spawn-shell.js';

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
  #settle: (outcome: ExitStatus | HawserError) => void = () => {};

  private constructor(pty: PtyProcess) {
    this.#pty = pty;
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

  signal(name: string): void {
    signalGroup(this.#pty.pid, `SIG${name}` as NodeJS.Signals);
  }

  resize(size: { readonly columns: number; readonly rows: number }): void {
    this.#pty.resize(size.columns, size.rows);
  }

  close(): void {
    this.signal('HUP');
    this.stdout.destroy();
    this.#settle({ missing: true });
  }

  hangUp(reason: HawserError): void {
    this.#settle(reason);
    this.close();
  }
}

function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, n]) => n === number)?.[0];
}
