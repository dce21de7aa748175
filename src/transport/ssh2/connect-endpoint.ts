import type { Client } from 'ssh2';
import { pause } from '../../core/deadline.js';
import { ConnectError, HostKeyError, ThrottledError } from '../../core/errors.js';
import { inTime } from '../../core/in-time.js';
import type { Transport, TransportConnectOptions } from '../contract.js';
import { hopName } from '../hop-name.js';
import type { SshEndpoint } from './endpoint.js';
import { handshake } from './handshake.js';
import type { Link } from './link.js';
import { openRoute } from './open-route.js';
import type { SshContext } from './ssh-context.js';

/** How often a server that hangs up without a word is asked again: it may be limiting connections, or be none. */
const SILENT_TRIES = 4;
const FIRST_WAIT = 100;
const LONGEST_WAIT = 3000;
/** Between the tries that ConnectionAttempts asks for, as ssh(1) does it. */
const ATTEMPT_WAIT = 1000;
/** How long a goodbye may take to leave this machine, in milliseconds. */
const GOODBYE = 1000;

/** A session that stands, and the way to let go of all that it stands on. */
export interface Session {
  readonly client: Client;
  readonly link: Link;
  /** Whether somebody was asked for something on the way in, or may be on the way to another session. */
  readonly asks: boolean;
  /** Says goodbye, and settles when the link is closed and what was started for it has ended. */
  leave(): Promise<void>;
  /** Cuts the link, and gives back the jump host. */
  release(): void;
}

/**
 * Connects to an endpoint over its route, hop by hop. A server that turns the connection away before its banner is asked
 * again, later and later, while the time limit lasts; one that hangs up without a word, a few times; one that cannot be
 * reached, as often as ConnectionAttempts says. Nothing else is repeated.
 */
export async function connectEndpoint(
  endpoint: SshEndpoint,
  context: SshContext,
  o: TransportConnectOptions,
  makeHop: (endpoint: SshEndpoint) => Transport,
): Promise<Session> {
  const gate = context.gate(endpoint);
  let knownTypes = needsKnownHosts(endpoint) ? await (await context.hostKeys()).knownTypes(endpoint) : [];
  let preferred = false;
  for (let tries = 1; ; tries += 1) {
    const place = await gate.enter({ signal: o.signal });
    try {
      const session = await connectOnce(endpoint, context, o, makeHop, knownTypes);
      gate.succeeded();
      o.trace.step(hopName(endpoint), 'ready', '');
      return session;
    } catch (error) {
      const other = preferred ? undefined : otherTypes(error, knownTypes);
      if (other !== undefined) {
        knownTypes = other;
        preferred = true;
        continue;
      }
      const wait = waitBefore(error, tries, endpoint.attempts);
      if (wait === undefined || wait >= o.deadline.remaining || o.signal.aborted) throw error;
      if (error instanceof ConnectError && error.phase === 'banner') gate.throttled();
      const detail = `${error instanceof Error ? error.message : ''} Again in ${Math.round(wait)} ms.`;
      o.trace.step(hopName(endpoint), 'throttled', detail, 'failed');
      await pauseOutside(place, wait, o);
    } finally {
      if (!place.released) place.release();
    }
  }
}

/** Waits without holding a place at the gate: others may be luckier. */
async function pauseOutside(place: { release(): void }, ms: number, o: TransportConnectOptions): Promise<void> {
  place.release();
  await pause(ms, o.signal, { holds: o.background !== true });
}

function needsKnownHosts({ hostKey }: SshEndpoint): boolean {
  return hostKey === 'strict' || hostKey === 'accept-new' || typeof hostKey === 'function';
}

/**
 * The types on record, where the server showed a key of another type: known_hosts is not searched for them in advance
 * when its names are hashed by the thousand. With them preferred, the server shows the key that can be checked.
 */
function otherTypes(error: unknown, offered: readonly string[]): readonly string[] | undefined {
  if (!(error instanceof HostKeyError) || error.reason !== 'mismatch') return undefined;
  return error.knownTypes.some((type) => !offered.includes(type)) ? error.knownTypes : undefined;
}

/** How long to wait before the next try, in milliseconds, with jitter; `undefined`: there is none. */
function waitBefore(error: unknown, tries: number, attempts: number): number | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const throttled = error instanceof ThrottledError;
  const silent = error.retryable && (isReset(error) || error.phase === 'banner' || error.phase === 'kex');
  if (throttled || (silent && tries < SILENT_TRIES)) {
    return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1)) * (0.5 + Math.random());
  }
  return error.phase === 'tcp' && error.retryable && tries < attempts ? ATTEMPT_WAIT : undefined;
}

/** Whether the connection was reset: what a firewall or a busy server does before any word was said. */
function isReset({ cause }: ConnectError): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET';
}

async function connectOnce(
  endpoint: SshEndpoint,
  context: SshContext,
  o: TransportConnectOptions,
  makeHop: (endpoint: SshEndpoint) => Transport,
  knownTypes: readonly string[],
): Promise<Session> {
  const { link, release, ended, failure } = await openRoute(endpoint, context, o, makeHop);
  try {
    const { client, asks } = await handshake(link, endpoint, {
      context,
      knownTypes,
      signal: o.signal,
      trace: o.trace,
    });
    const cut = (): void => {
      link.destroy();
      release();
    };
    return {
      client,
      link,
      asks: asks || endpoint.route.kind === 'command',
      release: cut,
      leave: () => leave(client, link, ended),
    };
  } catch (error) {
    link.destroy();
    release();
    if (!(error instanceof ConnectError && error.phase === 'banner')) throw error;
    // A proxy command's pipe ends a moment before the command has said why.
    await inTime(ended, GOODBYE);
    throw failure() ?? error;
  }
}

async function leave(client: Client, link: Link, ended: Promise<void>): Promise<void> {
  if (!link.destroyed) {
    await new Promise<void>((resolve) => {
      const gone = (): void => {
        clearTimeout(timer);
        link.off('close', gone);
        resolve();
      };
      const timer = setTimeout(gone, GOODBYE);
      link.once('close', gone);
      link.once('finish', () => link.destroy());
      client.end();
    });
  }
  link.destroy();
  await inTime(ended, GOODBYE);
}
