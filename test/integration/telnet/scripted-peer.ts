import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A server of 127.0.0.1 that does with its first connection what a test says. */
export interface ScriptedPeer extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** The connection, once it is there. */
  readonly accepted: Promise<Socket>;
}

/** Starts one. Nothing of what it is sent is read, until the test does. */
export async function scriptedPeer(): Promise<ScriptedPeer> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
  const sockets: Socket[] = [];
  const accepted = new Promise<Socket>((resolve) => {
    server.on('connection', (socket) => {
      sockets.push(socket.on('error', () => {}));
      resolve(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    host: '127.0.0.1',
    port: address.port,
    accepted,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** All that comes until the other side hangs up. */
export async function everything(socket: Socket): Promise<Buffer> {
  const read = buffer(socket);
  socket.resume();
  return read;
}
