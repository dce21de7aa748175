import type { Target } from '../../inventory/target.js';
import type { SshContext } from '../../transport/ssh2/ssh-context.js';
import type { OpenedTransport } from '../connection.js';
import { openSshLink } from '../ssh-link.js';

/** Makes the way to a command line that the target's protocol names, unopened. Each way is loaded when it is first used. */
export async function openWay(target: Readonly<Target>, context: SshContext): Promise<OpenedTransport> {
  const { connectTimeout } = target;
  switch (target.protocol ?? 'ssh') {
    case 'ssh':
      return openSshLink(target, context);
    case 'openssh': {
      const { OpenSshTransport } = await import('../../transport/openssh/openssh-transport.js');
      return { transport: new OpenSshTransport(target, {}), connectTimeout };
    }
    case 'local': {
      const { LocalTransport } = await import('../../transport/local/local-transport.js');
      return { transport: new LocalTransport(), connectTimeout };
    }
    case 'telnet': {
      const { openTelnet } = await import('./telnet-way.js');
      return openTelnet(target, context);
    }
  }
}
