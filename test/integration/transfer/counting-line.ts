import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A long line on loopback that tells its connections apart. */
export interface CountingLine extends AsyncDisposable {
  readonly port: number;
  /** How many connections there have been. */
  readonly opened: number;
  /** How many there are. */
  readonly open: number;
}

/** What becomes of the connection with this number, counted from 0. */
export interface LineOptions {
  /** The port that it leads to; `undefined`: nowhere, it is cut at once. */
  readonly portOf: (connection: number) => number | undefined;
  /** After how many bytes in either direction it is cut. */
  readonly cutAfter?: (connection: number) => number;
}

/** In milliseconds, each way. */
const DELAY = 10;

export async function startCountingLine({ portOf, cutAfter }: LineOptions): Promise<CountingLine> {
  const sockets = new Set<Socket>();
  let opened = 0;
  const server = createServer({ noDelay: true }, (client) => {
    const number = opened++;
    const port = portOf(number);
    if (port === undefined) {
      client.destroy();
      return;
    }
    const far = connect({ port, host: '127.0.0.1', noDelay: true });
    let left = cutAfter?.(number) ?? Number.POSITIVE_INFINITY;
    const cut = (): void => {
      for (const end of [client, far]) end.destroy();
      sockets.delete(client);
    };
    sockets.add(client);
    for (const [from, to] of [
      [client, far],
      [far, client],
    ] as const) {
      from.on('error', cut).on('close', cut);
      from.on('data', (chunk) => {
        left -= chunk.length;
        if (left < 0) cut();
        else setTimeout(() => to.write(chunk), DELAY);
      });
      from.on('end', () => setTimeout(() => to.end(), DELAY));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The line has no port');
  return {
    port: address.port,
    get opened() {
      return opened;
    },
    get open() {
      return sockets.size;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
