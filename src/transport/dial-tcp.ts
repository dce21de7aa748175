import { promises as dns, type LookupAddress } from 'node:dns';
import { isIP, Socket } from 'node:net';
import { onAbort, raceAbort } from '../core/abort.js';
import type { ConnectTrace } from '../core/diagnostics.js';
import { ConnectError } from '../core/errors.js';
import { gatherWrites } from './gather-writes.js';
import { hopName } from './hop-name.js';

/** A machine to open a TCP connection to. */
export interface TcpDestination {
  /** As the user named it; errors speak of it. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** 0: either. */
  readonly family: 0 | 4 | 6;
  /** The local address to connect from. */
  readonly bindAddress: string | undefined;
  /** What should be listening there, and where an address is given in place of the name, for errors. */
  readonly words: { readonly server: string; readonly address: string };
}

/** How a refused or lost TCP connect reads, and what to look at. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'there is no route to the host: is it up, is the address right?',
  ENETUNREACH: 'there is no route to its network',
  ETIMEDOUT: 'it did not answer: is it up, does a firewall drop the packets?',
  EADDRNOTAVAIL: 'the local address to connect from is not one of this machine',
  EACCES: 'this process may not connect there',
};

/**
 * Resolves the machine's name and opens a TCP connection to it, which keeps this process alive unless it is made in the
 * background. Throws `ConnectError` of phase `resolve` or `tcp`.
 */
export async function dialTcp(
  to: TcpDestination,
  o: { readonly signal: AbortSignal; readonly trace: ConnectTrace; readonly background?: boolean },
): Promise<Socket> {
  const hop = hopName(to);
  o.trace.enter({ hop, phase: 'resolve' });
  const addresses = await resolve(to, o.signal);
  const shown = addresses.map((a) => a.address).join(', ');
  if (isIP(to.host) === 0) o.trace.step(hop, 'resolve', shown);
  o.trace.enter({ hop, phase: 'tcp' });
  const socket = await open(to, addresses, o);
  o.trace.step(hop, 'tcp', socket.remoteAddress ?? shown);
  return socket;
}

async function resolve(to: TcpDestination, signal: AbortSignal): Promise<LookupAddress[]> {
  const literal = isIP(to.host.replace(/%.*$/, ''));
  if (literal !== 0) return [{ address: to.host, family: literal }];
  try {
    const lookup = dns.lookup(to.host, { all: true, family: to.family });
    return await raceAbort(lookup, signal, { doing: `resolving ${to.host}`, host: to.name });
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new ConnectError(
      'resolve',
      `Cannot connect to ${to.name}: the name ${to.host} does not resolve (${error.code}). ` +
        `Check its spelling, or give the address as ${to.words.address}.`,
      { host: to.name, hop: hopName(to), cause: error, retryable: error.code === 'EAI_AGAIN' },
    );
  }
}

function open(
  to: TcpDestination,
  addresses: LookupAddress[],
  { signal, background = false }: { readonly signal: AbortSignal; readonly background?: boolean },
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = new Socket();
    const stop = onAbort(signal, () => {
      socket.destroy();
      reject(signal.reason);
    });
    socket.once('error', (error) => {
      stop();
      socket.destroy();
      reject(tcpError(to, error));
    });
    socket.once('connect', () => {
      stop();
      socket.removeAllListeners('error');
      // Without this each small packet of a session waits up to 40 ms for an acknowledgement (RFC 896).
      socket.setNoDelay(true);
      gatherWrites(socket);
      resolve(socket);
    });
    if (signal.aborted) return;
    // Each address that is tried has a handle of its own.
    if (background) socket.on('connectionAttempt', () => socket.unref());
    socket.connect({
      host: to.host,
      port: to.port,
      ...(to.bindAddress === undefined ? {} : { localAddress: to.bindAddress }),
      ...(to.family === 0 ? { autoSelectFamily: true } : { family: to.family }),
      lookup: (_name, _options, done) => done(null, addresses),
    });
    if (background) socket.unref();
  });
}

function tcpError(to: TcpDestination, error: NodeJS.ErrnoException): ConnectError {
  const hop = hopName(to);
  // Happy Eyeballs (RFC 8305) reports one error for all addresses: the first of them says the most.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = isErrno(first) ? (first.code ?? '') : '';
  const why =
    code === 'ECONNREFUSED'
      ? `the connection was refused: is ${to.words.server} running there, is the port right?`
      : (EXPLANATIONS[code] ?? (first instanceof Error ? first.message : code));
  const end = why.endsWith('?') ? '' : '.';
  return new ConnectError('tcp', `Cannot connect to ${to.name} (${hop}): ${why}${end}`, {
    host: to.name,
    hop,
    cause: error,
    retryable: code !== 'EACCES' && code !== 'EADDRNOTAVAIL',
  });
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
