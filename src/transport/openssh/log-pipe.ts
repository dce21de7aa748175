import { spawn } from 'node:child_process';
import { constants, open, unlink, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { promisify } from 'node:util';
import type { HawserError } from '../../core/hawser-error.js';
import type { Workplace } from './workplace.js';

/** How many are made at a time: each making costs a process. */
const BATCH = 8;
/** What is written behind the last line of a process that has ended. No line of ssh's holds a NUL. */
const END = '\0\n';

/**
 * A named pipe that an `ssh` writes its messages to (`-E`), so that they are apart from the far command's stderr and are
 * read as they come.
 */
export interface LogPipe {
  readonly path: string;
  /** Where the lines go, until the pipe is given back. */
  onLine: (line: string) => void;
  /** Settles when everything was read that had been written before the call. */
  readAll(): Promise<void>;
}

/** The named pipes of one workplace; each is used again. */
export class LogPipes {
  readonly #workplace: Workplace;
  #free: Pipe[] = [];
  readonly #all = new Set<Pipe>();
  #making: Promise<void> | undefined;
  #closed: HawserError | undefined;

  constructor(workplace: Workplace) {
    this.#workplace = workplace;
  }

  /** Throws the reason where they have been closed. */
  async take(): Promise<LogPipe> {
    for (;;) {
      if (this.#closed !== undefined) throw this.#closed;
      const pipe = this.#free.pop();
      if (pipe !== undefined) return pipe;
      this.#making ??= this.#make().finally(() => {
        this.#making = undefined;
      });
      await this.#making;
    }
  }

  giveBack(pipe: LogPipe): void {
    pipe.onLine = () => {};
    if (pipe instanceof Pipe && this.#closed === undefined) this.#free.push(pipe);
  }

  async close(reason: HawserError): Promise<void> {
    this.#closed ??= reason;
    for (const pipe of this.#all) pipe.close();
    await this.#making?.catch(() => {});
  }

  async #make(): Promise<void> {
    const paths = Array.from({ length: BATCH }, () => this.#workplace.path('l'));
    await runMkfifo(paths);
    const pipes = await Promise.all(paths.map((path) => Pipe.open(path)));
    for (const pipe of pipes) {
      this.#all.add(pipe);
      if (this.#closed !== undefined) pipe.close();
      else this.#free.push(pipe);
    }
  }
}

class Pipe implements LogPipe {
  readonly path: string;
  onLine: (line: string) => void = () => {};
  readonly #fd: number;
  readonly #socket: Socket;
  #held = '';
  #ends: (() => void)[] = [];

  private constructor(path: string, fd: number) {
    this.path = path;
    this.#fd = fd;
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#socket.on('error', () => {}).unref();
  }

  /** Open for writing too: so it never comes to an end, whoever closes it. */
  static async open(path: string): Promise<Pipe> {
    return new Pipe(path, await promisify(open)(path, constants.O_RDWR | constants.O_NONBLOCK));
  }

  readAll(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) resolve();
      else {
        this.#ends.push(resolve);
        this.#socket.ref();
        writeSync(this.#fd, END);
      }
    });
  }

  close(): void {
    this.#socket.destroy();
    unlink(this.path, () => {});
    for (const end of this.#ends.splice(0)) end();
  }

  #read(text: string): void {
    const lines = (this.#held + text).split('\n');
    this.#held = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.includes('\0')) this.onLine(line.replace(/\r$/, ''));
      else {
        this.#socket.unref();
        this.#ends.shift()?.();
      }
    }
  }
}

function runMkfifo(paths: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('mkfifo', ['-m', '600', ...paths], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`mkfifo failed: ${said.trim()}`));
    });
  });
}
