import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a port of 127.0.0.1 on which something happens after so many bytes, once; from then on it carries all. */
export interface FatalRelay extends AsyncDisposable {
  readonly port: number;
  /** What it has carried so far, both ways together, in bytes. */
  readonly carried: number;
  /** Whether it has come to it. */
  readonly happened: boolean;
  /** From now on it carries all, whether it has happened or not. */
  spare(): void;
}

/**
 * Starts a relay to a port. Once it has carried `bytes`, to the byte, it does `fatal` and resets all that it carries.
 */
export async function startFatalRelay(to: number, bytes: number, fatal: () => void = () => {}): Promise<FatalRelay> {
  const sockets = new Set<Socket>();
  let carried = 0;
  let happened = false;
  let spared = false;
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    // A side that is reset takes the other one with it.
    return socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  };
  const carry = (from: Socket, into: Socket): void => {
    from.on('data', (chunk: Buffer) => {
      const rest = happened || spared ? chunk.length : bytes - carried;
      carried += Math.min(rest, chunk.length);
      into.write(chunk.subarray(0, rest));
      if (happened || spared || rest > chunk.length) return;
      happened = true;
      fatal();
      for (const socket of sockets) socket.resetAndDestroy();
    });
    from.once('close', () => into.destroy());
  };
  const server = createServer((near) => {
    const far = track(connect(to, '127.0.0.1'));
    carry(track(near), far);
    carry(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get carried() {
      return carried;
    },
    get happened() {
      return happened;
    },
    spare() {
      spared = true;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
