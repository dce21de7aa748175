import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { neverAborted } from '../../../src/core/abort.js';
import { Deadline } from '../../../src/core/deadline.js';
import { ConnectTrace } from '../../../src/core/diagnostics.js';
import { dialTcp } from '../../../src/transport/dial-tcp.js';

describe('a TCP connect', () => {
  it('says what to look at where nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    server.close();
    await once(server, 'close');
    const words = { server: 'a telnet server', address: 'the host' };
    const to = { host: '127.0.0.1', port, name: 'r1', family: 0, bindAddress: undefined, words } as const;
    const o = { signal: neverAborted, deadline: Deadline.in(10_000), trace: new ConnectTrace('r1') };
    await expect(dialTcp(to, o)).rejects.toThrow(
      `Cannot connect to r1 (127.0.0.1:${port}): the connection was refused: is a telnet server running there, is the port right?`,
    );
    await expect(dialTcp(to, o)).rejects.toThrow(/\?$/);
  });
});
