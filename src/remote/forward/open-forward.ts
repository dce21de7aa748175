import type { Duplex } from 'node:stream';
import { onAbort } from '../../core/abort.js';
import { CallScope } from '../../core/deadline.js';
import { AbortError, ChannelError, ClosedError } from '../../core/errors.js';
import { HawserError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import type { Capability, DialTarget, Listener, Transport } from '../../transport/contract.js';
import { LocalTransport } from '../../transport/local/local-transport.js';
import type { UseOptions } from '../files/file-access.js';
import { prepareExecute } from '../process/execute.js';
import type { Site } from '../site.js';
import { type Connected, Forward } from './forward.js';
import { ForwardLine } from './forward-line.js';
import { listenAgain } from './listen-again.js';
import { type ForwardOptions, type ForwardPlan, planForward } from './plan-forward.js';
import { acceptSocks } from './socks/accept-socks.js';
import { outcomeOfDial } from './socks/reply-of.js';
import { socksReply } from './socks/socks-request.js';

/** A link that stood for so long was one, in milliseconds; of others so many may be lost in a row. */
const LASTING = 10_000;
const MOST_IDLE = 10;

/** How long the removal of a socket's file may take, in milliseconds. */
const REMOVE_PATIENCE = 1000;

/** Runs work on a connection's link, over a new one again where it may be repeated. */
export type RunOverLink = <T>(work: (site: Site) => Promise<T>, o: UseOptions) => Promise<T>;

/**
 * Opens a forward, which counts as work on its connection until it has ended: over each new link again where the connection
 * makes one.
 *
 * @throws OptionError for what cannot be meant; ChannelError where the far machine or this one does not listen, or cannot
 *   forward at all; what `run` throws; AbortError.
 */
export async function openForward(o: ForwardOptions, run: RunOverLink): Promise<Forward> {
  const { signal } = o;
  const plan = planForward(o);
  return new Promise((resolve, reject) => {
    const opening = new ForwardOpening(plan, signal);
    const work = (site: Site): Promise<void> => opening.over(site, resolve);
    const use = { signal: opening.signal, exclusive: false, repeatable: () => opening.goesOn() };
    run(work, use).catch((error: unknown) => {
      opening.fail(error);
      reject(error);
    });
  });
}

/** A forward, and the links that it goes over one after the other. */
class ForwardOpening {
  readonly #plan: ForwardPlan;
  readonly #signal: AbortSignal | undefined;
  /** Ends the wait for a link, where nobody wants one any more. */
  readonly #wanted: CallScope;
  readonly #here = new LocalTransport();
  #line: ForwardLine | undefined;
  #forward: Forward | undefined;
  #site: Site | undefined;
  #lost: HawserError | undefined;
  /** When the link began, and what had been carried when the one before it was lost. */
  #since = 0;
  #carried = 0;
  #idle = 0;

  constructor(plan: ForwardPlan, signal: AbortSignal | undefined) {
    this.#plan = plan;
    this.#signal = signal;
    this.#wanted = new CallScope(signal);
  }

  /** Fires when no link is wanted any more. */
  get signal(): AbortSignal {
    return this.#wanted.signal;
  }

  /** Opens it over a link, or takes it over to one, until it ends. Throws why the link did, where that is first. */
  async over(site: Site, opened: (forward: Forward) => void): Promise<void> {
    const { transport, key } = site;
    demand(transport, this.#plan.type === 'remote' ? 'listen' : 'dial', key);
    this.#site = site;
    this.#since = performance.now();
    using scope = new CallScope(this.#wanted.signal);
    let cut: HawserError | undefined;
    const lost = (reason: HawserError = closed(key)): void => {
      cut = reason;
      this.#lost = reason;
      scope.abort(reason);
      this.#line?.lost();
    };
    transport.once('close', lost);
    try {
      if (this.#forward === undefined) opened(await this.#open(site, scope.signal));
      else await this.#goOn(site, this.#forward, scope.signal);
      await Promise.race([this.#forward?.ended, fired(scope.signal)]);
      // Its own signal ends it by itself.
      if (cut !== undefined && !this.#signal?.aborted) throw cut;
      await this.#forward?.ended;
    } finally {
      transport.off('close', lost);
    }
  }

  /** Whether it is to go over another link, now that one was lost; its clients are told. */
  goesOn(): boolean {
    const { sent = 0, received = 0 } = this.#forward?.bytes ?? {};
    const isUseful = sent + received > this.#carried || performance.now() - this.#since >= LASTING;
    this.#idle = isUseful ? 0 : this.#idle + 1;
    this.#carried = sent + received;
    if (this.#forward?.closed === true || this.#idle > MOST_IDLE) return false;
    if (this.#lost !== undefined) this.#line?.emit('reconnecting', this.#lost);
    return true;
  }

  /** There is to be no other link. */
  fail(error: unknown): void {
    this.#wanted[Symbol.dispose]();
    if (error instanceof HawserError) this.#line?.end(error);
  }

  async #open(site: Site, signal: AbortSignal): Promise<Forward> {
    const front = this.#plan.type === 'remote' ? site.transport : this.#here;
    const listener = await front.listen(this.#plan.listen, { signal });
    const line = new ForwardLine(site.key);
    line.stands(site.transport);
    this.#line = line;
    this.#forward = new Forward({
      plan: this.#plan,
      listener,
      line,
      connect: this.#connector(line),
      key: site.key,
      signal: this.#signal,
      cleanUp: () => this.#removeSocket(),
    });
    void this.#forward.ended.then(() => {
      this.#wanted.abort(new AbortError(`The forward through ${site.key} has ended.`, { host: site.key }));
      this.#wanted[Symbol.dispose]();
    });
    return this.#forward;
  }

  async #goOn(site: Site, forward: Forward, signal: AbortSignal): Promise<void> {
    let listener: Listener | undefined;
    if (this.#plan.type === 'remote') {
      await this.#removeSocket();
      listener = await listenAgain(site, { at: this.#plan.listen, before: forward.address, signal });
    }
    if (forward.closed) await listener?.close();
    else this.#line?.stands(site.transport, listener);
  }

  #connector(line: ForwardLine): (client: Duplex, gone: AbortSignal) => Promise<Connected | undefined> {
    const { type, to } = this.#plan;
    const dial = (target: DialTarget, signal: AbortSignal): Promise<Duplex> =>
      type === 'remote' ? this.#here.dial(target, { signal }) : line.dial(target, signal);
    if (to === undefined) return (client, gone) => connectAsAsked(client, dial, gone);
    return async (_client, gone) => ({ to, stream: await dial(to, gone) });
  }

  /** sshd leaves the file of a socket where it is, and would refuse the next listener there. */
  async #removeSocket(): Promise<void> {
    const { type, listen } = this.#plan;
    const site = this.#site;
    if (type !== 'remote' || !('socketPath' in listen) || !site?.transport.capabilities.has('exec')) return;
    const file = quote(listen.socketPath);
    const remove = prepareExecute(`test ! -S ${file} || rm -f -- ${file}`, { timeout: REMOVE_PATIENCE });
    // Where the link is gone or the shell is none, the file stays.
    await remove(site).catch(() => {});
  }
}

/** Settles when a signal fires. */
function fired(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => onAbort(signal, resolve));
}

function closed(key: string): ClosedError {
  return new ClosedError(`The connection to ${key} was closed.`, { host: key });
}

function demand({ kind, capabilities }: Transport, capability: Capability & ('dial' | 'listen'), key: string): void {
  if (capabilities.has(capability)) return;
  const what = capability === 'dial' ? 'reaches nothing behind the machine' : 'cannot have the machine listen';
  throw new ChannelError('unsupported', `The connection to ${key} (${kind}) ${what}: forward over SSH.`, { host: key });
}

/** Connects a SOCKS client to where it asks for, and tells it how that went. */
async function connectAsAsked(
  client: Duplex,
  dial: (to: DialTarget, signal: AbortSignal) => Promise<Duplex>,
  signal: AbortSignal,
): Promise<Connected | undefined> {
  const request = await acceptSocks(client);
  if (request === undefined) return undefined;
  const { version, host, port } = request;
  const to: DialTarget = { host, port };
  try {
    const stream = await dial(to, signal);
    client.write(socksReply(version, 'succeeded'));
    return { to, stream };
  } catch (error) {
    client.end(socksReply(version, outcomeOfDial(error)));
    throw error;
  }
}
