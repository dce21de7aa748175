import { createHash, randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { ChannelError, ConnectError } from '../../core/errors.js';
import type { Transport, TransportConnectOptions } from '../contract.js';
import { dialTcp } from '../dial-tcp.js';
import { hopName } from '../hop-name.js';
import type { SshEndpoint } from './endpoint.js';
import type { Link } from './link.js';
import { startProxyCommand } from './proxy-command.js';
import type { SshContext } from './ssh-context.js';

/** What errors of TCP call the server and the place for its address. */
const WORDS = { server: 'sshd', address: 'HostName in ~/.ssh/config' };

/** A link, and what it stands on. */
export interface OpenRoute {
  readonly link: Link;
  /** Gives back the jump host, where there is one. */
  readonly release: () => void;
  /** Settles when what was started for the link has ended. */
  readonly ended: Promise<void>;
  /** Why what was started for the link failed, once it has ended. */
  readonly failure: () => ConnectError | undefined;
}

/**
 * Opens the byte stream to an endpoint: by TCP, by a proxy command, or through the machine before it. In the background it
 * does not keep this process alive.
 */
export async function openRoute(
  endpoint: SshEndpoint,
  context: SshContext,
  o: TransportConnectOptions,
  makeHop: (endpoint: SshEndpoint) => Transport,
): Promise<OpenRoute> {
  const route = await dialRoute(endpoint, context, o, makeHop);
  if (o.background === true) route.link.unref();
  return route;
}

async function dialRoute(
  endpoint: SshEndpoint,
  context: SshContext,
  o: TransportConnectOptions,
  makeHop: (endpoint: SshEndpoint) => Transport,
): Promise<OpenRoute> {
  const hop = hopName(endpoint);
  const { route, name, host, port } = endpoint;
  const nothing = { release: () => {}, ended: Promise.resolve(), failure: () => undefined };
  switch (route.kind) {
    case 'direct':
      return { link: await dialTcp({ ...route, name, host, port, words: WORDS }, o), ...nothing };
    case 'command': {
      o.trace.enter({ hop, phase: 'tcp' });
      const command = startProxyCommand(route.command, { host: name, hop });
      o.trace.step(hop, 'tcp', 'through a ProxyCommand');
      return { link: command.link, ...nothing, ended: command.ended, failure: command.failure };
    }
    case 'borrowed': {
      o.trace.enter({ hop, phase: 'tcp' });
      const dialled = route.through.dial({ host, port }, { signal: o.signal });
      const link = await dialled.catch((error: unknown) => Promise.reject(unreachable(endpoint, error)));
      o.trace.step(hop, 'tcp', `through ${route.through.id}`);
      return { link: asLink(link), ...nothing };
    }
    case 'jump': {
      const lease = await context.hops.lease(
        hopId(route.through),
        () => makeHop(route.through),
        (transport, signal) => transport.connect({ ...o, signal }),
        { signal: o.signal, doing: `connecting to ${route.through.name}, the jump host of ${name}` },
      );
      try {
        o.trace.enter({ hop, phase: 'tcp' });
        const link = await lease.transport.dial({ host, port }, { signal: o.signal });
        o.trace.step(hop, 'tcp', `through ${route.through.name}`);
        return { link: asLink(link), ...nothing, release: lease.release };
      } catch (error) {
        lease.release();
        throw unreachable(endpoint, error);
      }
    }
  }
}

/** Whatever kept the hop before from opening a stream, said of the machine that could not be reached. */
function unreachable(endpoint: SshEndpoint, error: unknown): unknown {
  if (!(error instanceof ChannelError)) return error;
  const hop = hopName(endpoint);
  return new ConnectError('tcp', `Cannot connect to ${endpoint.name} (${hop}): ${error.message}`, {
    host: endpoint.name,
    hop,
    cause: error,
    retryable: true,
  });
}

/** A dialled stream as a link. One that cannot hold the process (a borrowed hop of another making) simply does not. */
function asLink(stream: Duplex): Link {
  const noHold = { ref: () => {}, unref: () => {} };
  return 'ref' in stream && 'unref' in stream ? (stream as Link) : Object.assign(stream, noHold);
}

/**
 * What makes two jump hosts the same: who, where, by which way and with which checks. One with secrets or callbacks of
 * its own is shared with nobody.
 */
function hopId(endpoint: SshEndpoint): string {
  const { host, port, username, route, hostKey, hostKeyAlias, knownHosts, algorithms, credentials } = endpoint;
  const { agent, identitiesOnly, keys, password, keyboardInteractive, passphrase } = credentials;
  const own = [password, keyboardInteractive, passphrase].some((part) => part !== undefined);
  if (own || typeof hostKey === 'function' || route.kind === 'borrowed') {
    return randomUUID();
  }
  const way = route.kind === 'jump' ? hopId(route.through) : route;
  const proof = [agent, identitiesOnly, keys.map(({ key }) => createHash('sha256').update(key).digest('base64'))];
  return JSON.stringify([host, port, username, way, hostKey, hostKeyAlias, knownHosts, algorithms, proof]);
}
