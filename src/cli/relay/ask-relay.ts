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

/** What became of it: nothing was done, unless it is `done`. */
export type RelayAnswer = 'done' | 'not taken' | 'no answer';

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
        run.end(exit);
        end('done');
      } else {
        socket.destroy();
      }
    };
    readLines(socket, take, () => socket.destroy());
    // Nobody listens any more, or too many wait to be heard.
    socket.on('error', () => {});
    socket.once('close', () => {
      run?.lose(path);
      end(run === undefined ? 'not taken' : 'done');
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
  #interrupted = false;
  #ended = false;

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
    const isOut = this.#stream(name).write(bytes, () => {
      this.#unwritten -= 1;
      if (this.#unwritten === 0) this.#socket.resume();
    });
    if (!isOut) this.#socket.pause();
  }

  /** Streams are made by whoever uses them first, and that takes time: most runs print on one alone. */
  #stream(name: StreamName): NodeJS.WriteStream {
    const stream = process[name];
    if (this.#used.has(name)) return stream;
    this.#used.add(name);
    return stream.on('error', ({ code, errno, message }: NodeJS.ErrnoException) => {
      if (this.#gone.has(name)) return;
      this.#gone.add(name);
      this.#say({ unwritable: name, code, errno, message });
    });
  }

  end(status: number): void {
    this.#ended = true;
    process.exitCode = status;
    for (const signal of END_SIGNALS) process.off(signal, this.#interrupt);
  }

  /** The relay is gone. Says so, unless it has ended. */
  lose(path: string): void {
    if (this.#ended) return;
    this.end(1);
    process.stderr.write(
      `hawser: the session broker at ${path} has ended, or broke off. What ran through it may still be running.\n`,
    );
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
