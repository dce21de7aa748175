import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ForwardEnd } from '../../../src/inventory/forward-spec.js';

/** A server for tests, and where it listens. */
export interface TestServer<End extends ForwardEnd> extends AsyncDisposable {
  readonly end: End;
  /** All connections that it has had. */
  readonly sockets: readonly Socket[];
}

/** Listens on a free port of loopback; each connection is served by `serve`. */
export async function serveTcp(
  serve: (socket: Socket) => void,
): Promise<TestServer<{ readonly host: string; readonly port: number }>> {
  const { server, sockets, dispose } = await listening({ host: '127.0.0.1', port: 0 }, serve);
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('It listens on no port.');
  return { end: { host: '127.0.0.1', port: address.port }, sockets, [Symbol.asyncDispose]: dispose };
}

/** Listens on a Unix socket. */
export async function serveUnix(
  socketPath: string,
  serve: (socket: Socket) => void,
): Promise<TestServer<{ readonly socketPath: string }>> {
  const { sockets, dispose } = await listening({ path: socketPath }, serve);
  return { end: { socketPath }, sockets, [Symbol.asyncDispose]: dispose };
}

async function listening(
  at: { readonly path: string } | { readonly host: string; readonly port: number },
  serve: (socket: Socket) => void,
): Promise<{ server: Server; sockets: Socket[]; dispose: () => Promise<void> }> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  server.listen(at);
  await once(server, 'listening');
  const dispose = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { server, sockets, dispose };
}

/** Answers what it hears, once it has heard all of it, in upper case. */
export function answerAtEnd(socket: Socket): void {
  const heard: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => heard.push(chunk));
  socket.once('end', () => socket.end(Buffer.concat(heard).toString('latin1').toUpperCase(), 'latin1'));
}

/** Gives back whatever it hears. */
export function echo(socket: Socket): void {
  socket.pipe(socket);
}

/** Connects, whether or not anything is behind it. */
export async function dial(to: ForwardEnd): Promise<Socket> {
  const socket = connect({
    ...('socketPath' in to ? { path: to.socketPath } : { host: to.host, port: to.port }),
    allowHalfOpen: true,
  });
  await once(socket, 'connect');
  socket.on('error', () => {});
  return socket;
}

/** All that comes until the end. Rejects where that is no proper one. */
export async function allOf(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // To iterate over it would destroy it at its end, although it may have more to say.
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

/** Says something, ends, and hears the answer out. */
export async function ask(to: ForwardEnd, question: string): Promise<string> {
  const socket = await dial(to);
  socket.end(question);
  return (await allOf(socket)).toString();
}

/** How a connection ended for its client: `'end'`, or the code of its error, such as `'ECONNRESET'`. */
export function endOf(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.resume();
    socket.once('end', () => resolve('end'));
    socket.once('error', (error) => resolve(String(Reflect.get(error, 'code'))));
    socket.once('close', () => resolve('close'));
  });
}
