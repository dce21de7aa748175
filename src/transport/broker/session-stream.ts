import type { ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2';
import { raceAbort } from '../../core/abort.js';
import type { ConnectStep } from '../../core/diagnostics.js';
import { type ConnectPhase, DisconnectedError, TimeoutError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import { inTime } from '../../core/in-time.js';
import type { Capability, TransportConnectOptions } from '../contract.js';
import type { BrokerLink } from './broker-link.js';
import type { Answer, EncodedTarget } from './encode-target.js';
import { asRecord, readLines, writeLine } from './lines.js';
import type { PoolWish } from './pool-wish.js';
import { Header, Path, type ReadyWord, type SessionFacts } from './protocol.js';
import { decodeError } from './wire-error.js';

/** Which session is wanted, where it is not simply that of a target. */
export interface Wanted {
  /** A second connection of this one, by its number. */
  readonly beside?: number | undefined;
  /** A worker of a pool. */
  readonly pool?: PoolWish | undefined;
  /** One that is there already: none is opened. */
  readonly existing?: boolean | undefined;
}

/** What a session's owner is told. */
export interface SessionOwner {
  crowded(): void;
  /** The session ended; `undefined`: because its owner in the broker closed it. */
  over(reason: HawserError | undefined): void;
}

/** How long a broker may take to say that it has heard, in milliseconds: a thousand clients may have come at once. */
const FIRST_ANSWER = 60_000;

const CAPABILITIES: readonly Capability[] = ['exec', 'shell', 'subsystem', 'dial', 'listen', 'signal'];

/** The phase that comes after each: where a connect is that has told of no failure. */
const NEXT: Readonly<Record<string, ConnectPhase>> = {
  resolve: 'tcp',
  tcp: 'banner',
  banner: 'kex',
  kex: 'hostkey',
  hostkey: 'auth',
  auth: 'session',
};

/** This client's part in a session of the broker: the stream on which it is opened, and then told how it fares. */
export class SessionStream {
  /** What it is called on this link. */
  readonly number: number;
  readonly headers: OutgoingHttpHeaders;
  readonly #link: BrokerLink;
  readonly #name: string;
  readonly #owner: SessionOwner;
  #stream: ClientHttp2Stream | undefined;
  #facts: SessionFacts = { ailing: false, link: null };
  #left = false;

  constructor(link: BrokerLink, name: string, owner: SessionOwner) {
    this.#link = link;
    this.#name = name;
    this.#owner = owner;
    this.number = link.number();
    this.headers = { [Header.session]: this.number };
  }

  get facts(): SessionFacts {
    return this.#facts;
  }

  /**
   * Opens it, and answers what is asked on the way.
   *
   * @throws what the broker's own connect threw; DisconnectedError where the broker ended.
   */
  async open(encoded: EncodedTarget, wanted: Wanted, o: TransportConnectOptions): Promise<ReadyWord> {
    const { target, answers } = encoded;
    const release = this.#link.hold();
    const stream = this.#link.request(Path.open, { target, ...wanted }, this.headers);
    this.#stream = stream;
    const opening = this.#answered(stream).then(() => this.#listen(stream, answers, o));
    try {
      return await raceAbort(opening, o.signal, { doing: `connecting to ${this.#name}`, host: this.#name });
    } finally {
      release();
    }
  }

  /** Takes no further part in it. `word` is the last that is said. */
  leave(word?: object): void {
    if (this.#left) return;
    this.#left = true;
    if (this.#stream === undefined) return;
    if (word !== undefined) writeLine(this.#stream, word);
    // Not by a reset, of which a server takes only so many: see BrokerLink.call.
    this.#stream.end().resume();
  }

  /** A broker says at once that it has heard: one that is stopped, or stuck, does not. */
  async #answered(stream: ClientHttp2Stream): Promise<void> {
    const granted = this.#link.granted(stream).then(() => true);
    if ((await inTime(granted, FIRST_ANSWER)) === true) return;
    throw new TimeoutError(
      `The session broker did not answer within ${FIRST_ANSWER} ms. End it with "hawser session stop", or its process.`,
      { phase: 'session', ms: FIRST_ANSWER, host: this.#name },
    );
  }

  #listen(
    stream: ClientHttp2Stream,
    answers: readonly Answer[],
    { trace }: TransportConnectOptions,
  ): Promise<ReadyWord> {
    return new Promise((resolve, reject) => {
      let isOpen = false;
      const over = (reason: HawserError | undefined): void => {
        if (isOpen && !this.#left) this.#owner.over(reason);
        reject(reason ?? new DisconnectedError(`The session broker closed the session on ${this.#name}.`));
        this.leave();
      };
      const take = (value: unknown): void => {
        const line = asRecord(value);
        if ('step' in line) {
          const step = stepOf(line['step']);
          trace.step(step.hop, step.phase, step.detail, step.outcome);
          const next = NEXT[step.phase];
          if (next !== undefined) trace.enter({ hop: step.hop, phase: next });
        } else if ('question' in line) void this.#answer(stream, answers, line['question']);
        else if ('ready' in line) {
          const ready = readyOf(line['ready']);
          isOpen = true;
          this.#facts = ready.facts;
          resolve(ready);
        } else if ('facts' in line) this.#facts = factsOf(line['facts']);
        else if ('crowded' in line) this.#owner.crowded();
        else if ('over' in line) over(line['over'] === null ? undefined : decodeError(line['over']));
      };
      readLines(stream, take, () => over(this.#link.brokenOff(stream)));
      stream.once('close', () => over(this.#link.brokenOff(stream)));
    });
  }

  async #answer(stream: ClientHttp2Stream, answers: readonly Answer[], value: unknown): Promise<void> {
    const { id, ask, args } = asRecord(value);
    try {
      const answer = typeof ask === 'number' ? answers[ask] : undefined;
      const said = await answer?.(Array.isArray(args) ? args : []);
      writeLine(stream, { answer: id, value: said });
    } catch (error) {
      writeLine(stream, { answer: id, error: error instanceof Error ? error.message : String(error) });
    }
  }
}

const STEPS: readonly ConnectStep['phase'][] = [
  'resolve',
  'tcp',
  'banner',
  'kex',
  'hostkey',
  'auth',
  'session',
  'throttled',
  'ready',
];

function stepOf(value: unknown): Pick<ConnectStep, 'hop' | 'phase' | 'detail' | 'outcome'> {
  const { hop, phase, detail, outcome } = asRecord(value);
  return {
    hop: typeof hop === 'string' ? hop : '',
    phase: STEPS.find((known) => known === phase) ?? 'session',
    detail: typeof detail === 'string' ? detail : '',
    outcome: outcome === 'failed' ? 'failed' : 'ok',
  };
}

function readyOf(value: unknown): ReadyWord {
  const { id, capabilities, facts } = asRecord(value);
  const list: readonly unknown[] = Array.isArray(capabilities) ? capabilities : [];
  return {
    id: typeof id === 'string' ? id : '',
    capabilities: CAPABILITIES.filter((one) => list.includes(one)),
    facts: factsOf(facts),
  };
}

function factsOf(value: unknown): SessionFacts {
  const { ailing, link } = asRecord(value);
  const { channels, bytesSent, bytesReceived, roundTripMs } = asRecord(link);
  const isKnown = typeof channels === 'number' && typeof bytesSent === 'number' && typeof bytesReceived === 'number';
  return {
    ailing: ailing === true,
    link: isKnown
      ? { channels, bytesSent, bytesReceived, roundTripMs: typeof roundTripMs === 'number' ? roundTripMs : undefined }
      : null,
  };
}
