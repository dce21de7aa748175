import type { Duplex } from 'node:stream';
import { CallScope } from '../../core/deadline.js';
import { ChannelError, ClosedError } from '../../core/errors.js';
import type { HawserError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import type { Capability, DialTarget, Transport } from '../../transport/contract.js';
import { LocalTransport } from '../../transport/local/local-transport.js';
import { prepareExecute } from '../process/execute.js';
import type { Site } from '../site.js';
import { type Connected, Forward } from './forward.js';
import { type ForwardOptions, type ForwardPlan, planForward } from './plan-forward.js';
import { acceptSocks } from './socks/accept-socks.js';
import { outcomeOfDial } from './socks/reply-of.js';
import { socksReply } from './socks/socks-request.js';

/** How long the removal of a socket's file may take, in milliseconds. */
const REMOVE_PATIENCE = 1000;

/**
 * Makes ready to forward: what is returned opens it over a link that stands.
 *
 * @throws OptionError for what cannot be meant. What is returned throws ChannelError where the far machine or this one
 *   does not listen, or cannot forward at all, and AbortError.
 */
export function prepareForward(o: ForwardOptions): (site: Site) => Promise<Forward> {
  const plan = planForward(o);
  return async (site) => {
    const { transport, key } = site;
    demand(transport, plan.type === 'remote' ? 'listen' : 'dial', key);
    const here = new LocalTransport();
    const [front, back] = plan.type === 'remote' ? [transport, here] : [here, transport];
    const { to } = plan;
    const connect =
      to === undefined
        ? (client: Duplex, gone: AbortSignal) => connectAsAsked(client, back, gone)
        : async (_client: Duplex, gone: AbortSignal) => ({ to, stream: await back.dial(to, { signal: gone }) });
    const scope = new CallScope(o.signal);
    const lost = (reason?: HawserError): void => scope.abort(reason ?? closed(key));
    transport.once('close', lost);
    const release = (): void => {
      transport.off('close', lost);
      scope[Symbol.dispose]();
    };
    try {
      const listener = await front.listen(plan.listen, { signal: scope.signal });
      const cleanUp = (): Promise<void> => removeSocket(site, plan);
      return new Forward({ plan, listener, connect, key, until: scope.signal, release, cleanUp });
    } catch (error) {
      release();
      throw error;
    }
  };
}

/** sshd leaves the file of a socket where it is, and would refuse the next listener there. */
async function removeSocket(site: Site, { type, listen }: ForwardPlan): Promise<void> {
  if (type !== 'remote' || !('socketPath' in listen) || !site.transport.capabilities.has('exec')) return;
  const file = quote(listen.socketPath);
  const remove = prepareExecute(`test ! -S ${file} || rm -f -- ${file}`, { timeout: REMOVE_PATIENCE });
  // Where the link is gone or the shell is none, the file stays.
  await remove(site).catch(() => {});
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
async function connectAsAsked(client: Duplex, through: Transport, signal: AbortSignal): Promise<Connected | undefined> {
  const request = await acceptSocks(client);
  if (request === undefined) return undefined;
  const { version, host, port } = request;
  const to: DialTarget = { host, port };
  try {
    const stream = await through.dial(to, { signal });
    client.write(socksReply(version, 'succeeded'));
    return { to, stream };
  } catch (error) {
    client.end(socksReply(version, outcomeOfDial(error)));
    throw error;
  }
}
