import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatherWrites } from '../../../src/transport/gather-writes.js';

/** Notes how many pieces each call of the system carries. */
class Counted extends Socket {
  readonly sent: number[] = [];

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.sent.push(1);
    super._write?.(chunk, encoding, done);
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: (error?: Error | null) => void): void {
    this.sent.push(chunks.length);
    super._writev?.(chunks, done);
  }
}

const server = createServer();
let peer: Socket;
let socket: Counted;

beforeEach(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  socket = new Counted();
  socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  gatherWrites(socket);
  [peer] = await accepted;
});
afterEach(async () => {
  socket.destroy();
  peer.destroy();
  server.close();
  await once(server, 'close');
});

const received = async (): Promise<string> => {
  let text = '';
  for await (const chunk of peer) text += String(chunk);
  return text;
};

describe('a socket that gathers what is written', () => {
  it('sends what is written in one turn at once, in order', async () => {
    for (const word of ['length ', 'data ', 'tag ']) socket.write(word);
    await new Promise((resolve) => setImmediate(resolve));
    expect(socket.sent).toEqual([3]);
    socket.write('next');
    socket.end();
    expect(await received()).toBe('length data tag next');
  });

  it('loses nothing that was written in the turn in which it is ended', async () => {
    socket.write('last ');
    socket.write('words');
    socket.end();
    expect(await received()).toBe('last words');
  });

  it('tells when each piece has been sent, and takes text in any encoding', async () => {
    await new Promise<void>((resolve) => socket.write('aGk=', 'base64', () => resolve()));
    await new Promise<void>((resolve) => socket.write(Buffer.from('!'), () => resolve()));
    socket.end();
    expect(await received()).toBe('hi!');
  });
});
