import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import ssh2, { type Connection as ServerSide } from 'ssh2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { neverAborted } from '../../../src/core/abort.js';
import { Deadline } from '../../../src/core/deadline.js';
import { ConnectTrace } from '../../../src/core/diagnostics.js';
import { ChannelError, DisconnectedError } from '../../../src/core/errors.js';
import { SshContext } from '../../../src/transport/ssh2/ssh-context.js';
import { Ssh2Transport } from '../../../src/transport/ssh2/ssh2-transport.js';
import { endpointWith, keyPair } from './keys.js';

/** A server that lets everybody in, refuses every stream, and does as it is told when it is asked for one. */
describe('a server that says goodbye and keeps the link open', () => {
  const clients: ServerSide[] = [];
  let onDial: (client: ServerSide) => void = () => {};
  const sessions = new ssh2.Server({ hostKeys: [keyPair().privateKey] }, (client) => {
    clients.push(client);
    client.on('error', () => {});
    client.on('authentication', (context) => context.accept());
    client.on('tcpip', (_accept, reject) => {
      onDial(client);
      reject();
    });
  });
  const server = createServer({ allowHalfOpen: true }, (socket) => sessions.injectSocket(socket));
  let port = 0;
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  afterAll(async () => {
    for (const client of clients) client.end();
    server.close();
    await once(server, 'close');
  });

  async function open(): Promise<Ssh2Transport> {
    const endpoint = endpointWith({ password: 'x' }, { host: '127.0.0.1', port, hostKey: 'insecure-accept-any' });
    const transport = new Ssh2Transport(endpoint, new SshContext());
    await transport.connect({
      signal: neverAborted,
      deadline: Deadline.in(undefined),
      trace: new ConnectTrace('web1'),
    });
    return transport;
  }

  /** The first error of a dial that is no refusal. */
  async function afterRefusals(transport: Ssh2Transport): Promise<unknown> {
    for (;;) {
      const dialled = transport.dial({ host: 'db', port: 1 }, { signal: neverAborted });
      const error = await dialled.catch((reason: unknown) => reason);
      if (!(error instanceof ChannelError)) return error;
    }
  }

  it('is lost, and is not said to have refused what came too late', async () => {
    const transport = await open();
    let asked = 0;
    onDial = (client) => {
      asked += 1;
      if (asked !== 3) return;
      const protocol: unknown = Reflect.get(client, '_protocol');
      const disconnect: unknown = Reflect.get(Object(protocol), 'disconnect');
      if (typeof disconnect === 'function') disconnect.call(protocol, 11);
    };
    expect(await afterRefusals(transport)).toBeInstanceOf(DisconnectedError);
    await expect(transport.exec('true', { signal: neverAborted })).rejects.toThrow(DisconnectedError);
    transport.destroy(new DisconnectedError('The test is over.'));
  });
});
