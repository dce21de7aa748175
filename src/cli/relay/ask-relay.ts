import { createConnection, type Socket } from 'node:net';
import { homedir } from 'node:os';
import { isatty } from 'node:tty';
import { asRecord, readLines, writeLine } from '../../transport/broker/lines.js';
import { END_SIGNALS, END_STATUS, type EndSignal } from '../caller.js';
import {
  type CallerLine,
  PATIENCE,
  RELAY_VERSION,
  type RelayLine,
  type RelayRequest,
  type Screen,
  type Screens,
  STREAMS,
  type StreamName,
  VARIABLES,
} from './relay-lines.js';

/** How long it may take to leave when it is told a second time, in milliseconds. */
const LEAVING = 1000;

const DESCRIPTORS: Readonly<Record<StreamName, number>> = { stdout: 1, stderr: 2 };

/** What became of it: nothing was done, unless it is `done` or, as far as anybody knows, `broken off`. */
export type RelayAnswer = 'done' | 'not taken' | 'no answer' | 'broken off';

/**
 * Has the words behind `hawser run` done by the relay at a socket, as if by this process: prints what it says, tells it of
 * signals, and sets the exit status.
 */
export function askRelay(path: string, words: readonly string[]): Promise<RelayAnswer> {
  const socket = createConnection(path);
  const request: RelayRequest = {
    version: RELAY_VERSION,
    words,
    home: homedir(),
    env: Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]])),
    screens: screens(),
  };
  writeLine(socket, request);
  return new Promise((resolve) => {
    let run: RelayedRun | undefined;
    const timer = setTimeout(() => end('no answer'), PATIENCE);
    const end = (answer: RelayAnswer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const take = (line: unknown): void => {
      const { taken, print, bytes, exit }: Partial<Record<RelayWord, unknown>> = asRecord(line);
      if (taken === true) {
        clearTimeout(timer);
        run ??= new RelayedRun(socket);
      } else if (run !== undefined && isStream(print) && typeof bytes === 'string') {
        run.print(print, Buffer.from(bytes, 'base64'));
      } else if (run !== undefined && typeof exit === 'number') {
        void run.end(exit).then(() => end('done'));
      } else {
        socket.destroy();
      }
    };
    readLines(socket, take, () => socket.destroy());
    // Nobody listens any more, or too many wait to be heard.
    socket.on('error', () => {});
    socket.once('close', () => {
      if (run === undefined) end('not taken');
      else if (!run.ended) void run.end(1).then(() => end('broken off'));
    });
  });
}

/** The words of a {@link RelayLine}. */
type RelayWord = RelayLine extends infer Line ? (Line extends unknown ? keyof Line : never) : never;

function isStream(name: unknown): name is StreamName {
  return name === 'stdout' || name === 'stderr';
}

/** What this process does while a relay does its work. */
class RelayedRun {
  readonly #socket: Socket;
  readonly #used = new Set<StreamName>();
  readonly #gone = new Set<StreamName>();
  #unwritten = 0;
  #onWritten: (() => void) | undefined;
  /** Why stdout cannot be written to; that its reader has gone is no reason. */
  #failure: NodeJS.ErrnoException | undefined;
  #interrupted = false;
  /** Whether the relay has said how it ended. */
  ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    for (const signal of END_SIGNALS) process.on(signal, this.#interrupt);
    for (const name of STREAMS) {
      if (isatty(DESCRIPTORS[name])) process[name].on('resize', () => this.#say({ screens: screens() }));
    }
  }

  /** Prints; while it is not out, no more is read. */
  print(name: StreamName, bytes: Buffer): void {
    if (this.#gone.has(name)) return;
    this.#unwritten += 1;
    const isOut = this.#stream(name).write(bytes, (error) => {
      if (error) this.#lose(name, error);
      else if (name === 'stdout') this.#say({ printed: true });
      this.#unwritten -= 1;
      if (this.#unwritten > 0) return;
      this.#socket.resume();
      this.#onWritten?.();
    });
    if (!isOut) this.#socket.pause();
  }

  /** Streams are made by whoever uses them first, and that takes time: most runs print on one alone. */
  #stream(name: StreamName): NodeJS.WriteStream {
    const stream = process[name];
    if (this.#used.has(name)) return stream;
    this.#used.add(name);
    // Whoever writes hears of it.
    return stream.on('error', () => {});
  }

  #lose(name: StreamName, error: NodeJS.ErrnoException): void {
    if (this.#gone.has(name)) return;
    this.#gone.add(name);
    if (name === 'stdout' && error.code !== 'EPIPE') this.#failure = error;
    this.#say({ unwritable: name });
  }

  /** The relay has ended with that status: so does this process, once what it was told is out. */
  async end(status: number): Promise<void> {
    this.ended = true;
    process.exitCode = status;
    if (this.#unwritten > 0) {
      await new Promise<void>((resolve) => {
        this.#onWritten = resolve;
      });
    }
    for (const signal of END_SIGNALS) process.off(signal, this.#interrupt);
    if (this.#failure === undefined) return;
    process.exitCode = 1;
    const { cannotWrite, whyUnwritable } = await import('../terminal/why-unwritable.js');
    this.#stream('stderr').write(cannotWrite(whyUnwritable(this.#failure) ?? this.#failure.message));
  }

  readonly #interrupt = (signal: EndSignal): void => {
    this.#say({ signal });
    if (this.#interrupted) setTimeout(() => process.exit(END_STATUS[signal]), LEAVING).unref();
    this.#interrupted = true;
  };

  #say(line: CallerLine): void {
    writeLine(this.#socket, line);
  }
}

function screens(): Screens {
  return { stdout: screen('stdout'), stderr: screen('stderr') };
}

function screen(name: StreamName): Screen {
  if (!isatty(DESCRIPTORS[name])) return { isTTY: false };
  const { columns, rows } = process[name];
  return { isTTY: true, columns, rows };
}
