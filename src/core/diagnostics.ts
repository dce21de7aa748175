import { type Channel, channel } from 'node:diagnostics_channel';
import type { ConnectPhase } from './errors.js';
import type { SessionInfo } from './session-info.js';

/**
 * One step of a connect: published on `hawser:connect`, kept in a {@link ConnectTrace}, printed by `hawser check`.
 * Never holds a secret.
 */
export interface ConnectStep {
  /** The target that the whole connect is for. */
  readonly host: string;
  /** The machine of this step, as `host:port`: the target or one of its jump hosts. */
  readonly hop: string;
  readonly phase: ConnectPhase | 'throttled' | 'ready';
  readonly outcome: 'ok' | 'failed';
  /** Since the step before, in milliseconds. */
  readonly ms: number;
  /** What came of it, in words: an address, a key's fingerprint, a method. */
  readonly detail: string;
}

/** One command, published on `hawser:execute` when it starts and when it has ended. */
export interface ExecuteEvent {
  readonly type: 'start' | 'end';
  readonly id: string;
  readonly host: string;
  readonly command: string;
  readonly outcome?: string;
  readonly status?: number | null;
  readonly durationMs?: number;
}

/** A channel that opened, had to wait for the server's limit, or was refused: published on `hawser:channel`. */
export interface ChannelEvent {
  readonly type: 'open' | 'queued' | 'refused' | 'close';
  readonly host: string;
  readonly kind: string;
  readonly open: number;
}

/** A connection's state, published on `hawser:state`. */
export interface StateEvent {
  readonly id: string;
  readonly host: string;
  readonly state: string;
  readonly reason?: string;
  /** Of `reconnecting`: the number of the attempt that comes next, and how long it waits before it, in milliseconds. */
  readonly attempt?: number;
  readonly delay?: number;
}

/** What became of a session in a cache, published on `hawser:session`. */
export interface SessionEvent {
  readonly type: 'created' | 'reused' | 'lost' | 'reconnected' | 'evicted' | 'closed';
  /** The session as it stands then. */
  readonly session: SessionInfo;
  /** Of `lost`: why. */
  readonly reason?: string;
}

/**
 * One step in the life of a job, published on `hawser:job` when it has been taken, and before the next one begins: `intent` (it is
 * in the local journal), `session`, `staged` (its files and its script are on the machine), `starting` (the submission is about
 * to be sent), `started` (the command that submits has answered), `answered` (what the scheduler said was read from the
 * record), `searching` (no answer is on record: the queue is asked), `submitted`, `refused`, `submit-unknown`; then `query`
 * (one question for all jobs of a machine), `state`, `cancelled`. `unreadable`: a record on the machine cannot be read, and
 * its job was left out.
 */
export interface JobEvent {
  readonly step: JobStep;
  /** The machine's name. */
  readonly machine: string;
  /** The job's key; of `session` and `query` only where they are for one job alone. */
  readonly key?: string;
  /** The scheduler's id, once it is known. */
  readonly id?: string;
  /** Which attempt to submit it is, from 1. */
  readonly attempt?: number;
  /** Of `session`: whether a connection was made for it. Of `state`: how the job stands. Else what is known, in words. */
  readonly detail?: string;
  /** Of `query`: how many jobs it was for. */
  readonly jobs?: number;
}

/** See {@link JobEvent}. */
export type JobStep =
  | 'intent'
  | 'session'
  | 'staged'
  | 'starting'
  | 'started'
  | 'answered'
  | 'searching'
  | 'submitted'
  | 'refused'
  | 'submit-unknown'
  | 'query'
  | 'state'
  | 'cancelled'
  | 'unreadable';

/** A channel of `node:diagnostics_channel` that carries one type of message. */
export class Topic<Message extends object> {
  readonly #channel: Channel;

  constructor(name: string) {
    this.#channel = channel(name);
  }

  /** Whether anybody listens: what is costly to say is said only then. */
  get active(): boolean {
    return this.#channel.hasSubscribers;
  }

  publish(message: Message): void {
    if (this.#channel.hasSubscribers) this.#channel.publish(message);
  }

  /** Listens; returns the way to stop. */
  subscribe(listener: (message: Message) => void): () => void {
    const onMessage = (message: unknown): void => listener(message as Message);
    this.#channel.subscribe(onMessage);
    return () => this.#channel.unsubscribe(onMessage);
  }
}

/**
 * What hawser says of its work: `hawser:connect` ({@link ConnectStep}), `hawser:execute` ({@link ExecuteEvent}),
 * `hawser:channel` ({@link ChannelEvent}), `hawser:state` ({@link StateEvent}), `hawser:session`
 * ({@link SessionEvent}), `hawser:job` ({@link JobEvent}). Silent and free while nobody listens.
 */
export const diagnostics: {
  readonly connect: Topic<ConnectStep>;
  readonly execute: Topic<ExecuteEvent>;
  readonly channel: Topic<ChannelEvent>;
  readonly state: Topic<StateEvent>;
  readonly session: Topic<SessionEvent>;
  readonly job: Topic<JobEvent>;
} = {
  connect: new Topic('hawser:connect'),
  execute: new Topic('hawser:execute'),
  channel: new Topic('hawser:channel'),
  state: new Topic('hawser:state'),
  session: new Topic('hawser:session'),
  job: new Topic('hawser:job'),
};

/** Where a connect is: what a time limit that passes now would name. */
export interface ConnectPlace {
  readonly hop: string;
  readonly phase: ConnectPhase;
  /** What is known of the wait, for the message: "it said nothing". */
  readonly note?: () => string;
}

/** Follows one connect over all its hops: where it is, and the steps behind it, each published on `hawser:connect`. */
export class ConnectTrace {
  readonly steps: ConnectStep[] = [];
  readonly #host: string;
  #place: ConnectPlace | undefined;
  #last: number = performance.now();

  constructor(host: string) {
    this.#host = host;
  }

  /** The step that is under way; `undefined` before the first. */
  get place(): ConnectPlace | undefined {
    return this.#place;
  }

  /** Records that a step begins. */
  enter(place: ConnectPlace): void {
    this.#place = place;
  }

  /** Records that a step ended, well or not. */
  step(hop: string, phase: ConnectStep['phase'], detail: string, outcome: ConnectStep['outcome'] = 'ok'): void {
    const now = performance.now();
    const step: ConnectStep = { host: this.#host, hop, phase, outcome, ms: now - this.#last, detail };
    this.#last = now;
    this.steps.push(step);
    diagnostics.connect.publish(step);
  }
}
