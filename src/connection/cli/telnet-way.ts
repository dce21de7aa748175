import type { Duplex } from 'node:stream';
import { Deadline } from '../../core/deadline.js';
import { ConnectTrace } from '../../core/diagnostics.js';
import { formatTarget, targetKey } from '../../inventory/format-target.js';
import type { Target } from '../../inventory/target.js';
import type { SshContext } from '../../transport/ssh2/ssh-context.js';
import { TelnetTransport } from '../../transport/telnet/telnet-transport.js';
import type { OpenedTransport } from '../connection.js';

const PORT = 23;

/** Makes the way to a telnet server, unopened: by TCP, or through the jump hosts (or the proxy command) of the target. */
export function openTelnet(target: Readonly<Target>, context: SshContext): OpenedTransport {
  const { host, port = PORT, proxyJump, proxyCommand, keepAlive, connectTimeout } = target;
  const isDirect = proxyCommand === undefined && (proxyJump === undefined || [proxyJump].flat().length === 0);
  const dial = isDirect
    ? undefined
    : { through: through(target), open: (o: { signal: AbortSignal }) => dialThrough(target, context, o.signal) };
  const transport = new TelnetTransport({ name: targetKey(target), host, port, dial, keepAlive });
  return { transport, connectTimeout };
}

/** Opens a stream to the server as SSH would be led there: the same jump hosts, shared with others, with the same checks. */
async function dialThrough(target: Readonly<Target>, context: SshContext, signal: AbortSignal): Promise<Duplex> {
  const [{ resolveEndpoint }, { openRoute }, { Ssh2Transport }] = await Promise.all([
    import('../../transport/ssh2/resolve-endpoint.js'),
    import('../../transport/ssh2/open-route.js'),
    import('../../transport/ssh2/ssh2-transport.js'),
  ]);
  const { host, port = PORT } = target;
  const { endpoint } = await resolveEndpoint({ ...target, port }, (choice) => context.config(choice));
  const options = { signal, deadline: Deadline.in(undefined), trace: new ConnectTrace(targetKey(target)) };
  // What ssh_config says of the host is about its SSH server.
  const { link, release } = await openRoute({ ...endpoint, host, port }, context, options, (hop) => {
    return new Ssh2Transport(hop, context);
  });
  link.once('close', release);
  return link;
}

function through({ proxyJump, proxyCommand }: Readonly<Target>): string {
  const last = [proxyJump ?? []].flat().at(-1);
  if (last === undefined) return proxyCommand === undefined ? '' : 'a proxy command';
  if (typeof last === 'string') return last;
  return 'dial' in last ? last.id : formatTarget(last);
}
