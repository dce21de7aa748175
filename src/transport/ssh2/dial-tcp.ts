import { promises as dns, type LookupAddress } from 'node:dns';
import { isIP, Socket } from 'node:net';
import { onAbort, raceAbort } from '../../core/abort.js';
import type { ConnectTrace } from '../../core/diagnostics.js';
import { ConnectError } from '../../core/errors.js';
import { hopName, type Route, type SshEndpoint } from './endpoint.js';
import { gatherWrites } from './gather-writes.js';

/** How a refused or lost TCP connect reads, and what to look at. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused: is sshd running there, is the port right?',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'there is no route to the host: is it up, is the address right?',
  ENETUNREACH: 'there is no route to its network',
  ETIMEDOUT: 'it did not answer: is it up, does a firewall drop the packets?',
  EADDRNOTAVAIL: 'the local address to connect from is not one of this machine',
  EACCES: 'this process may not connect there',
};

/** Resolves the endpoint's name and opens a TCP connection to it. Throws `ConnectError` of phase `resolve` or `tcp`. */
export async function dialTcp(
  endpoint: SshEndpoint,
  route: Route & { kind: 'direct' },
  o: { readonly signal: AbortSignal; readonly trace: ConnectTrace },
): Promise<Socket> {
  const hop = hopName(endpoint);
  o.trace.enter({ hop, phase: 'resolve' });
  const addresses = await resolve(endpoint, route.family, o.signal);
  const shown = addresses.map((a) => a.address).join(', ');
  if (isIP(endpoint.host) === 0) o.trace.step(hop, 'resolve', shown);
  o.trace.enter({ hop, phase: 'tcp' });
  const socket = await open(endpoint, route, addresses, o.signal);
  o.trace.step(hop, 'tcp', socket.remoteAddress ?? shown);
  return socket;
}

async function resolve(endpoint: SshEndpoint, family: 0 | 4 | 6, signal: AbortSignal): Promise<LookupAddress[]> {
  const literal = isIP(endpoint.host.replace(/%.*$/, ''));
  if (literal !== 0) return [{ address: endpoint.host, family: literal }];
  try {
    const lookup = dns.lookup(endpoint.host, { all: true, family });
    return await raceAbort(lookup, signal, { doing: `resolving ${endpoint.host}`, host: endpoint.name });
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw new ConnectError(
      'resolve',
      `Cannot connect to ${endpoint.name}: the name ${endpoint.host} does not resolve (${error.code}). ` +
        'Check its spelling, or give the address as HostName in ~/.ssh/config.',
      { host: endpoint.name, hop: hopName(endpoint), cause: error, retryable: error.code === 'EAI_AGAIN' },
    );
  }
}

function open(
  endpoint: SshEndpoint,
  route: Route & { kind: 'direct' },
  addresses: LookupAddress[],
  signal: AbortSignal,
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
      reject(tcpError(endpoint, error));
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
    socket.connect({
      host: endpoint.host,
      port: endpoint.port,
      ...(route.bindAddress === undefined ? {} : { localAddress: route.bindAddress }),
      ...(route.family === 0 ? { autoSelectFamily: true } : { family: route.family }),
      lookup: (_name, _options, done) => done(null, addresses),
    });
  });
}

function tcpError(endpoint: SshEndpoint, error: NodeJS.ErrnoException): ConnectError {
  const hop = hopName(endpoint);
  // Happy Eyeballs (RFC 8305) reports one error for all addresses: the first of them says the most.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = isErrno(first) ? (first.code ?? '') : '';
  const why = EXPLANATIONS[code] ?? (first instanceof Error ? first.message : code);
  return new ConnectError('tcp', `Cannot connect to ${endpoint.name} (${hop}): ${why}.`, {
    host: endpoint.name,
    hop,
    cause: error,
    retryable: code !== 'EACCES' && code !== 'EADDRNOTAVAIL',
  });
}

function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error;
}
