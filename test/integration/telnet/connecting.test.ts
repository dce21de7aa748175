import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { type Duplex, PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { neverAborted } from '../../../src/core/abort.js';
import { ChannelError, ClosedError } from '../../../src/core/errors.js';
import { TelnetTransport } from '../../../src/transport/telnet/telnet-transport.js';
import { openSockets } from '../../rigs/rigs.js';
import { connecting, pty, Reader } from './open-telnet.js';
import { scriptedPeer } from './scripted-peer.js';

describe('connecting by telnet', () => {
  it('records its steps, and that nothing is encrypted', async () => {
    await using peer = await scriptedPeer();
    const transport = new TelnetTransport(peer);
    const o = connecting();
    await transport.connect(o);
    const hop = `127.0.0.1:${peer.port}`;
    expect(o.trace.steps).toMatchObject([
      { hop, phase: 'tcp', outcome: 'ok', detail: '127.0.0.1' },
      { hop, phase: 'ready', detail: 'telnet, not encrypted' },
    ]);
    await transport.close();
    expect(await toPort(peer.port)).toEqual([]);
  });

  it('says that nobody listens there, and what to look at', async () => {
    const peer = await scriptedPeer();
    await peer[Symbol.asyncDispose]();
    await expect(new TelnetTransport({ ...peer, name: 'switch1' }).connect(connecting())).rejects.toMatchObject({
      code: 'ERR_HAWSER_CONNECT',
      phase: 'tcp',
      hop: `127.0.0.1:${peer.port}`,
      message: expect.stringMatching(/^Cannot connect to switch1 .*refused: is a telnet server running there/),
    });
  });

  it('says that the name does not resolve', async () => {
    await expect(new TelnetTransport({ host: 'nowhere.invalid' }).connect(connecting())).rejects.toMatchObject({
      phase: 'resolve',
      hop: 'nowhere.invalid:23',
    });
  });

  it('ends with the signal, before it has begun and on the way, and leaves no socket', async () => {
    await using peer = await scriptedPeer();
    await expect(new TelnetTransport(peer).connect(connecting(AbortSignal.abort()))).rejects.toMatchObject({
      name: 'AbortError',
    });
    const controller = new AbortController();
    const attempt = new TelnetTransport(peer).connect(connecting(controller.signal));
    const ended = expect(attempt).rejects.toMatchObject({ name: 'AbortError' });
    controller.abort();
    await ended;
    expect(await toPort(peer.port)).toEqual([]);
  });

  it('ends when it is destroyed on the way, and leaves no socket', async () => {
    await using peer = await scriptedPeer();
    const transport = new TelnetTransport(peer);
    const attempt = transport.connect(connecting());
    const reason = new ClosedError('enough');
    const ended = expect(attempt).rejects.toBe(reason);
    transport.destroy(reason);
    await ended;
    expect(await toPort(peer.port)).toEqual([]);
  });

  it('has no shell before it is connected', async () => {
    await expect(new TelnetTransport({ host: 'switch1' }).shell({ signal: neverAborted })).rejects.toMatchObject({
      code: 'ERR_HAWSER_DISCONNECTED',
    });
  });

  it('goes over a stream through another machine', async () => {
    await using peer = await scriptedPeer();
    const open = async (): Promise<Duplex> => connect(peer.port, peer.host);
    const transport = new TelnetTransport({ host: 'inside', dial: { through: 'bastion', open } });
    const o = connecting();
    await transport.connect(o);
    expect(o.trace.steps[0]).toMatchObject({ hop: 'inside:23', phase: 'tcp', detail: 'through bastion' });
    const shell = await transport.shell({ signal: neverAborted, pty });
    (await peer.accepted).end('hello');
    expect(await new Reader(shell.stdout).until('hello')).toBe('hello');
    expect(await shell.exited).toEqual({ missing: true });
  });

  it('says which machine could not be reached through another one', async () => {
    const open = async (): Promise<Duplex> => {
      throw new ChannelError('refused', 'bastion did not open a stream to inside:23: it could not connect there.');
    };
    const transport = new TelnetTransport({ host: 'inside', dial: { through: 'bastion', open } });
    await expect(transport.connect(connecting())).rejects.toMatchObject({
      phase: 'tcp',
      message: expect.stringContaining('Cannot connect to inside (inside:23): bastion did not open'),
    });
  });

  it('closes a stream that came after the signal', async () => {
    const late = new PassThrough();
    let give: (stream: Duplex) => void = () => {};
    const opening = new Promise<Duplex>((resolve) => {
      give = resolve;
    });
    const transport = new TelnetTransport({ host: 'inside', dial: { through: 'bastion', open: () => opening } });
    const controller = new AbortController();
    const attempt = transport.connect(connecting(controller.signal));
    controller.abort();
    await expect(attempt).rejects.toMatchObject({ name: 'AbortError' });
    const closed = once(late, 'close');
    give(late);
    await closed;
    expect(late.destroyed).toBe(true);
  });

  it('has the system ask a silent machine for a sign of life, unless it shall not', async () => {
    const timerOf = async (keepAlive: { interval: number } | false | undefined): Promise<string | undefined> => {
      await using peer = await scriptedPeer();
      const transport = new TelnetTransport({ ...peer, keepAlive });
      await transport.connect(connecting());
      const [socket] = await toPort(peer.port);
      const port = Number(socket?.local.split(':')[1]).toString(16).toUpperCase().padStart(4, '0');
      const table = await readFile('/proc/self/net/tcp', 'utf8');
      const row = table.split('\n').find((line) => line.trim().split(/\s+/)[1]?.endsWith(`:${port}`));
      transport.destroy(new ClosedError('enough'));
      return row?.trim().split(/\s+/)[5]?.slice(0, 2);
    };
    // Timer 2 of the kernel is that of keep-alive (Documentation/networking/proc_net_tcp).
    expect(await timerOf(undefined)).toBe('02');
    expect(await timerOf({ interval: 60_000 })).toBe('02');
    expect(await timerOf(false)).toBe('00');
  });
});

/** Sockets of this process whose far end is that port. */
async function toPort(port: number): ReturnType<typeof openSockets> {
  return (await openSockets()).filter(({ remote }) => remote.endsWith(`:${port}`));
}
