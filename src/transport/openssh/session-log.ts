import type { LogPipe } from './log-pipe.js';

/** What became of an `ssh` that went through a master. */
export interface MuxFate {
  /** Its exit status; `undefined` where the far process did not end by itself, or nobody is left to tell. */
  readonly code: number | undefined;
  /** What it complained about. */
  readonly complaints: readonly string[];
}

const OPENED = /^debug1: mux_client_request_(?:session|stdio_fwd): master session id: /;
const EXITED = /^debug2: Received exit status from master /;
const CUT_OFF = /^debug2: Control master terminated unexpectedly/;
const NOISE = /^debug\d: /;

/**
 * Reads from the messages of an `ssh` what its exit status does not tell: whether the master gave it a session, and
 * whether a status of 255 is the far process's or its own.
 */
export class SessionLog {
  /** Settles as soon as it is known whether the master has given a session. */
  readonly opened: Promise<boolean>;
  readonly #log: LogPipe;
  readonly #complaints: string[] = [];
  #open: (isOpen: boolean) => void = () => {};
  #exited = false;
  #isOver = false;

  constructor(log: LogPipe) {
    this.#log = log;
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
    log.onLine = (line) => {
      if (OPENED.test(line)) this.#open(true);
      else if (EXITED.test(line)) this.#exited = this.#isOver = true;
      else if (CUT_OFF.test(line)) this.#isOver = true;
      else if (!NOISE.test(line)) this.#complaints.push(line);
    };
  }

  /** Whether the session has come to its end, although its output may not have been read yet. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Call it once the process has exited. Settles when all that it said was read. */
  async end(): Promise<void> {
    await this.#log.readAll();
    this.#open(false);
  }

  fate(code: number | null): MuxFate {
    const isFar = code !== null && (code !== 255 || this.#exited);
    return { code: isFar ? code : undefined, complaints: this.#complaints };
  }
}
