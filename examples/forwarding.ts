// Ports that lead through a connection: from here to there, from there to here, and where each client says.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get, type Server } from 'node:http';
import { connect as connectSocket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ForwardEnd, parseForward, Testbed } from 'hawser';
import { testbedFile } from './lab.js';

await using testbed = await Testbed.load(testbedFile);
await using server = testbed.device('server');
await server.connect();

/** The port of a server or of a forward, which a path of a Unix socket has none of. */
function portOf(address: ForwardEnd | ReturnType<Server['address']>): number {
  if (address !== null && typeof address === 'object' && 'port' in address) return address.port;
  throw new Error('no port');
}

async function fetchFrom(where: { port: number } | { socketPath: string }): Promise<string> {
  const [answer] = await once(get({ ...where, agent: false }), 'response');
  return text(answer);
}

// A site on loopback, as the far machine sees it: nobody reaches it from elsewhere.
const site = createServer((_request, answer) => answer.end('hello')).listen(0, '127.0.0.1');
await once(site, 'listening');
const sitePort = portOf(site.address());

// As ssh -L: a free port here leads to a port that the machine reaches.
{
  await using forward = await server.forward({ to: { host: 'localhost', port: sitePort } });
  assert.equal(await fetchFrom({ port: portOf(forward.address) }), 'hello');
  console.log('from here to there:', forward.bytes);
}

// As ssh -R: a free port of the machine leads here.
{
  await using forward = await server.forward({ type: 'remote', to: { host: '127.0.0.1', port: sitePort } });
  assert.equal(await fetchFrom({ port: portOf(forward.address) }), 'hello');
  console.log('from there to here:', forward.bytes);
}

// As ssh -D: a SOCKS proxy, whose clients say where to.
{
  await using forward = await server.forward({ type: 'dynamic' });
  const socket = connectSocket(portOf(forward.address), '127.0.0.1');
  socket.write(Buffer.from([5, 1, 0])); // SOCKS 5, without a password (RFC 1928)
  assert.deepEqual([...(await once(socket, 'data'))[0]], [5, 0]);
  socket.write(Buffer.from([5, 1, 0, 1, 127, 0, 0, 1, sitePort >> 8, sitePort & 255]));
  assert.equal((await once(socket, 'data'))[0][1], 0);
  socket.end('GET / HTTP/1.0\r\n\r\n');
  assert.match(await text(socket), /hello$/);
  console.log('where its clients say:', forward.bytes);
}

// What ssh takes can be read; a Unix socket can stand on either side.
{
  const socketPath = `${process.cwd()}/site.sock`;
  await using forward = await server.forward(parseForward(`${socketPath}:localhost:${sitePort}`));
  assert.equal(await fetchFrom({ socketPath }), 'hello');
  assert.deepEqual(forward.address, { socketPath });
}

// It ends with its connection, and says why.
{
  const forward = await server.forward({ to: { host: 'localhost', port: sitePort } });
  await server.disconnect();
  console.log('ended:', (await forward.ended)?.message);
}
site.close();
