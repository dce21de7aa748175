import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { greetBroker, reachBroker } from '../../../../src/session/broker/reach-broker.js';

let directory = '';
let server: Server | undefined;

/** Listens as something that is no broker. */
async function startOther(answer: string): Promise<string> {
  directory = await mkdtemp(join(tmpdir(), 'hawser-reach-'));
  const path = join(directory, 'b.sock');
  const other = createServer((socket) => {
    socket.on('error', () => {});
    socket.end(answer);
  });
  server = other;
  await new Promise<void>((resolve) => other.listen(path, resolve));
  return path;
}

afterEach(async () => {
  server?.close();
  await rm(directory, { recursive: true, force: true });
});

describe.each([
  ['hangs up', ''],
  ['speaks something else', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
])('a socket where something listens that %s', (_, answer) => {
  const message = /b\.sock does not answer as a session broker\. .* HAWSER_SESSION_SOCKET/;

  it('is said to be no broker', async () => {
    await expect(greetBroker(await startOther(answer))).rejects.toThrow(message);
  });

  it('cannot be stopped as one', async () => {
    await using client = await reachBroker(await startOther(answer));
    await expect(client?.stop()).rejects.toThrow(message);
  });
});
