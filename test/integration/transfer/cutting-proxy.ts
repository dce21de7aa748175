import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A line that breaks after so many bytes. */
export interface CuttingProxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes that were carried so far, both ways. */
  readonly carried: number;
  /**
   * Breaks the line when so many bytes more have been carried, and carries none of those that come after, until it is told
   * otherwise; `then` is called once it has.
   */
  cutAfter(bytes: number, then?: () => void): void;
}

/** Starts a proxy on loopback to a port of 127.0.0.1. */
export async function startCuttingProxy(port: number): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let carried = 0;
  let limit = Number.POSITIVE_INFINITY;
  let tell = (): void => {};
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
    const then = tell;
    tell = () => {};
    then();
  };
  const carry = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.setNoDelay(true);
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on('data', (chunk) => {
      const left = limit - carried;
      carried += Math.min(chunk.length, Math.max(0, left));
      if (left > 0) to.write(chunk.subarray(0, left));
      // What was carried has to arrive before the end does.
      if (chunk.length >= left) to.end(cut);
    });
  };
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    carry(near, far);
    carry(far, near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get carried() {
      return carried;
    },
    cutAfter: (bytes, then = () => {}) => {
      limit = carried + bytes;
      tell = then;
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
