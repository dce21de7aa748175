import { createRequire } from 'node:module';
import type { Client, ClientChannel } from 'ssh2';

/*
 * Everything that hawser uses of ssh2 beyond its documented interface, in one place and checked when it is used, so that
 * another version fails with a clear message and not in silence. It is why the dependency is pinned to one minor version.
 */

interface Handlers {
  USERAUTH_FAILURE(protocol: unknown, methods: readonly string[], partial: boolean): void;
}

interface Protocol {
  readonly _handlers: Handlers;
  ping(): void;
  rekey(): void;
}

/** The error where ssh2 is not what it was made to be. */
function strange(): Error {
  return new Error('This version of ssh2 has other internals than hawser knows: install the version it was made for.');
}

function protocolOf(client: Client): Protocol {
  const protocol: unknown = Reflect.get(client, '_protocol');
  if (
    typeof protocol === 'object' &&
    protocol !== null &&
    typeof Reflect.get(protocol, 'ping') === 'function' &&
    typeof Reflect.get(protocol, 'rekey') === 'function' &&
    typeof Reflect.get(Object(Reflect.get(protocol, '_handlers')), 'USERAUTH_FAILURE') === 'function'
  ) {
    return protocol as Protocol;
  }
  throw strange();
}

/**
 * Tells of every refusal (RFC 4252 §5.1) with the methods that may go on. ssh2 itself passes them on for other methods
 * than `agent` alone, and never says of an agent's key that it was a partial success.
 */
export function onAuthFailure(client: Client, listener: (methods: readonly string[], partial: boolean) => void): void {
  const handlers = protocolOf(client)._handlers;
  const next = handlers.USERAUTH_FAILURE;
  handlers.USERAUTH_FAILURE = (protocol, methods, partial) => {
    listener(methods, partial);
    next(protocol, methods, partial);
  };
}

/** Asks the server for a sign of life (`keepalive@openssh.com`); any answer, even a refusal, is one. */
export function ping(client: Client, answered: () => void): void {
  const callbacks: unknown = Reflect.get(client, '_callbacks');
  const protocol = protocolOf(client);
  if (!Array.isArray(callbacks)) throw new Error('This version of ssh2 keeps its callbacks elsewhere.');
  // Replies to global requests come in order and carry no name: each request needs its own place in the queue.
  callbacks.push((refused: unknown) => {
    // The end of the link is no answer, although ssh2 gives it as one.
    if (!(refused instanceof Error)) answered();
  });
  protocol.ping();
}

/**
 * Sends a signal to a channel's process (RFC 4254 §6.9). ssh2's own method does nothing once stdin has ended, although
 * the end of data says nothing of requests.
 */
export function signalChannel(channel: ClientChannel, name: string): void {
  const client: unknown = Reflect.get(channel, '_client');
  const outgoing: unknown = Reflect.get(channel, 'outgoing');
  const protocol: unknown = Reflect.get(Object(client), '_protocol');
  const signal: unknown = Reflect.get(Object(protocol), 'signal');
  const id: unknown = Reflect.get(Object(outgoing), 'id');
  const state: unknown = Reflect.get(Object(outgoing), 'state');
  if (typeof signal !== 'function' || typeof id !== 'number') {
    throw strange();
  }
  if (state === 'open' || state === 'eof') signal.call(protocol, id, name);
}

/**
 * Lets the server send up to `bytes` on a channel before it hears from us (RFC 4254 §5.2), and says so early. ssh2's own
 * window is 2 MiB, and renewed when half of it is used up: it may settle at 1 MiB a round trip.
 */
export function widenWindow(channel: ClientChannel, bytes: number): void {
  const protocol: unknown = Reflect.get(Object(Reflect.get(channel, '_client')), '_protocol');
  const adjust: unknown = Reflect.get(Object(protocol), 'channelWindowAdjust');
  const incoming: unknown = Reflect.get(channel, 'incoming');
  const outgoing: unknown = Reflect.get(channel, 'outgoing');
  if (typeof adjust !== 'function' || !isWindow(incoming) || typeof outgoing !== 'object' || outgoing === null) {
    throw strange();
  }
  const renew = (): void => {
    const missing = bytes - incoming.window;
    if (missing < bytes / 8 || Reflect.get(outgoing, 'state') === 'closed') return;
    incoming.window += missing;
    adjust.call(protocol, Reflect.get(outgoing, 'id'), missing);
  };
  const { push } = channel;
  channel.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    const wanted = push.call(channel, chunk, encoding);
    // What nobody reads for now is not renewed; ssh2 does when somebody does.
    if (wanted && chunk !== null) renew();
    return wanted;
  };
  renew();
}

function isWindow(value: unknown): value is { window: number } {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'window') === 'number';
}

/**
 * Holds back what is sent during a key exchange until the new keys are in use (RFC 4253 §7.1), on a client or a server
 * that has its first keys. ssh2 1.17 thinks the exchange over when it has the keys, and not when they are in use: what is
 * written in between goes out without its head, and the other side ends the connection.
 */
export function mendRekeying(client: object): void {
  const protocol: unknown = Reflect.get(client, '_protocol');
  const complete: unknown = Reflect.get(Object(protocol), '_onHandshakeComplete');
  if (
    typeof protocol !== 'object' ||
    protocol === null ||
    typeof complete !== 'function' ||
    !('_kexinit' in protocol)
  ) {
    throw strange();
  }
  let exchange: unknown = protocol._kexinit;
  Object.defineProperty(protocol, '_kexinit', {
    get: () => exchange,
    set: (value: unknown) => {
      if (value !== undefined) exchange = value;
    },
  });
  Reflect.set(protocol, '_onHandshakeComplete', (...args: unknown[]) => {
    exchange = undefined;
    complete.apply(protocol, args);
  });
}

/** How many channels are open, or about to be. */
export function openChannels(client: Client): number {
  const count: unknown = Reflect.get(Object(Reflect.get(client, '_chanMgr')), '_count');
  if (typeof count !== 'number') throw strange();
  return count;
}

/** Starts a key exchange on a connection that stands (RFC 4253 §9). */
export function rekey(client: Client): void {
  protocolOf(client).rekey();
}

const constants: object = createRequire(import.meta.url)('ssh2/lib/protocol/constants.js');

/** What ssh2 can do, and what it offers by itself, of one kind of algorithm. */
export interface AlgorithmLists {
  readonly supported: readonly string[];
  readonly preferred: readonly string[];
}

function lists(name: string): AlgorithmLists {
  const supported: unknown = Reflect.get(constants, `SUPPORTED_${name}`);
  const preferred: unknown = Reflect.get(constants, `DEFAULT_${name}`);
  if (!Array.isArray(supported) || !Array.isArray(preferred)) {
    throw new Error(`This version of ssh2 does not say which ${name} algorithms it has.`);
  }
  return { supported, preferred };
}

/** The algorithms of the ssh2 that is installed, by the names that hawser uses for their kinds. */
export const ALGORITHMS: Readonly<Record<'kex' | 'hostKey' | 'cipher' | 'mac' | 'compression', AlgorithmLists>> = {
  kex: lists('KEX'),
  hostKey: lists('SERVER_HOST_KEY'),
  cipher: lists('CIPHER'),
  mac: lists('MAC'),
  compression: lists('COMPRESSION'),
};
