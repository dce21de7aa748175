import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { neverAborted } from '../../../src/core/abort.js';
import { ConnectTrace } from '../../../src/core/diagnostics.js';
import { ConnectError } from '../../../src/core/errors.js';
import { handshake } from '../../../src/transport/ssh2/handshake.js';
import { SshContext } from '../../../src/transport/ssh2/ssh-context.js';
import { endpointWith, keyPair } from './keys.js';

describe('a server that hangs up in the packet after its yes', () => {
  const sessions = new ssh2.Server({ hostKeys: [keyPair().privateKey] });
  const server = createServer((socket) => {
    sessions.once('connection', (client) => {
      client.on('error', () => {});
      client.on('authentication', (context) => {
        // Both answers leave in one segment.
        socket.cork();
        context.accept();
        // For another reason than that the application is done (RFC 4253 §11.1), which ssh2's `end` would give.
        const protocol: unknown = Reflect.get(client, '_protocol');
        const disconnect: unknown = Reflect.get(Object(protocol), 'disconnect');
        if (typeof disconnect === 'function') disconnect.call(protocol, 12);
        socket.uncork();
      });
    });
    sessions.injectSocket(socket);
  });
  let port = 0;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    server.close();
    await once(server, 'close');
  });

  it('has not let anybody in', async () => {
    const link = new Socket().connect(port, '127.0.0.1');
    await once(link, 'connect');
    const endpoint = endpointWith({ password: 'x' }, { hostKey: 'insecure-accept-any' });
    const o = { context: new SshContext(), knownTypes: [], signal: neverAborted, trace: new ConnectTrace('web1') };
    const error = await handshake(link, endpoint, o).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectError);
    expect(link.destroyed).toBe(true);
  });
});
