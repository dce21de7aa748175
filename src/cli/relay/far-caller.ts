import type { Socket } from 'node:net';
import { TypedEvents } from '../../core/events.js';
import { asRecord, readLines, writeLine } from '../../transport/broker/lines.js';
import { type Caller, END_SIGNALS, END_STATUS, type EndSignal, type Environment } from '../caller.js';
import { FarSink } from './far-sink.js';
import { type RelayLine, type RelayRequest, readScreens, STREAMS } from './relay-lines.js';

/**
 * A process that has its work done here, by what it says on its socket. It may be gone at any time: to what is done for it
 * that is as if its terminal had been closed.
 */
export class FarCaller extends TypedEvents<Record<EndSignal, [signal: EndSignal]>> implements Caller {
  readonly stdout: FarSink;
  readonly stderr: FarSink;
  readonly env: Environment;
  exitCode: number | string | null | undefined;
  readonly #socket: Socket;
  #over = false;

  constructor(socket: Socket, { env, screens }: Pick<RelayRequest, 'env' | 'screens'>) {
    super();
    this.#socket = socket;
    this.env = env;
    this.stdout = new FarSink(socket, 'stdout', screens.stdout);
    this.stderr = new FarSink(socket, 'stderr', screens.stderr);
    readLines(
      socket,
      (line) => this.#hear(asRecord(line)),
      () => socket.destroy(),
    );
    socket.once('close', () => {
      for (const name of STREAMS) this[name].close();
      this.#take('SIGHUP');
    });
  }

  /** Says whether what was asked for is done here. */
  take(taken: boolean): void {
    this.#say({ taken });
    if (!taken) this.#end();
  }

  /** Tells it to end, with that status. */
  exit(status: number): void {
    if (this.#over) return;
    this.#say({ exit: status });
    this.#end();
  }

  #hear({ signal, screens, printed, unwritable }: Readonly<Record<string, unknown>>): void {
    const asked = END_SIGNALS.find((known) => known === signal);
    if (asked !== undefined) this.#take(asked);
    if (printed === true) this.stdout.printed();
    const seen = readScreens(screens);
    const broken = STREAMS.find((name) => name === unwritable);
    for (const name of STREAMS) {
      if (seen !== undefined) this[name].screen = seen[name];
      if (name === broken) this[name].close();
    }
  }

  /** Does what a process does that does not listen for a signal. */
  #take(signal: EndSignal): void {
    if (!this.#over && !this.emit(signal, signal)) this.exit(END_STATUS[signal]);
  }

  #say(line: RelayLine): void {
    writeLine(this.#socket, line);
  }

  #end(): void {
    this.#over = true;
    this.#socket.end();
  }
}
