import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { neverAborted } from '../../../src/core/abort.js';
import { ClosedError } from '../../../src/core/errors.js';
import { TelnetTransport } from '../../../src/transport/telnet/telnet-transport.js';
import { openSockets, waitUntil } from '../../rigs/rigs.js';
import { connecting, type OpenTelnet, openTelnet, pty } from './open-telnet.js';
import { everything, type ScriptedPeer, scriptedPeer } from './scripted-peer.js';

const IAC = 255;
const [SE, SB, WILL, WONT, DO, DONT] = [240, 250, 251, 252, 253, 254] as const;

interface Both extends AsyncDisposable {
  readonly open: OpenTelnet;
  readonly peer: ScriptedPeer;
  readonly far: Socket;
}

async function meet(): Promise<Both> {
  const peer = await scriptedPeer();
  const open = await openTelnet(peer, pty);
  return {
    open,
    peer,
    far: await peer.accepted,
    [Symbol.asyncDispose]: async () => {
      open.shell.close();
      await peer[Symbol.asyncDispose]();
    },
  };
}

describe('a telnet connection', () => {
  it('says nothing by itself', async () => {
    await using both = await meet();
    const said = everything(both.far);
    both.far.write('a console that speaks no telnet\r\n');
    await both.open.reader.until('telnet\r\n');
    both.open.shell.resize({ columns: 100, rows: 50 });
    both.open.shell.close();
    expect(await said).toEqual(Buffer.of());
  });

  it('answers each option of a server as it comes, whatever the pieces', async () => {
    await using both = await meet();
    const said = everything(both.far);
    const offers = [
      ...[IAC, WILL, 1, IAC, DO, 24, IAC, DO, 31, IAC, DO, 37, IAC, WILL, 38],
      ...[IAC, SB, 24, 1, IAC, SE, IAC, SB, 37, 1, 2, IAC, SE],
    ];
    for (const byte of offers) {
      both.far.write(Buffer.of(byte));
      await setImmediate();
    }
    both.far.write('on');
    await both.open.reader.until('on');
    both.open.shell.resize({ columns: 255, rows: 1 });
    both.far.end();
    await both.open.shell.exited;
    expect(await said).toEqual(
      Buffer.from([
        ...[IAC, DO, 1, IAC, WILL, 24, IAC, WILL, 31, IAC, SB, 31, 0, 80, 0, 24, IAC, SE],
        ...[IAC, WONT, 37, IAC, DONT, 38, IAC, SB, 24, 0, ...Buffer.from('xterm'), IAC, SE],
        ...[IAC, SB, 31, 0, IAC, IAC, 0, 1, IAC, SE],
      ]),
    );
  });

  it('reads on after a subnegotiation that was without an end for long', async () => {
    await using both = await meet();
    const { far, open } = both;
    far.write(Buffer.of(IAC, SB, 24));
    const junk = Buffer.alloc(256 * 1024, 'x');
    for (let n = 0; n < 16; n += 1) {
      if (!far.write(junk)) await once(far, 'drain');
    }
    far.write(Buffer.concat([Buffer.of(IAC, SE), Buffer.from('text')]));
    expect(await open.reader.until('text')).toBe('text');
  });

  it('stops a server whose text nobody reads, and goes on with it later', async () => {
    await using peer = await scriptedPeer();
    const transport = new TelnetTransport(peer);
    await transport.connect(connecting());
    const shell = await transport.shell({ signal: neverAborted });
    const far = await peer.accepted;
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let sent = 0;
    const flood = (): void => {
      while (sent < 64 * 1024 * 1024 && far.write(chunk)) sent += chunk.length;
    };
    far.on('drain', flood);
    flood();
    await quiet(() => sent);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    expect(shell.stdout.readableLength).toBeLessThanOrEqual(256 * 1024);
    far.removeListener('drain', flood);
    far.end();
    let read = 0;
    for await (const bytes of shell.stdout) read += (bytes as Buffer).length;
    expect(read).toBe(far.bytesWritten);
    expect(await shell.exited).toEqual({ missing: true });
  });

  it('has what was said before the end be read, and a reset told', async () => {
    await using both = await meet();
    const { far, open } = both;
    far.write('last words');
    await open.reader.until('words');
    const closed = once(open.transport, 'close');
    far.resetAndDestroy();
    await expect(open.shell.exited).rejects.toMatchObject({
      code: 'ERR_HAWSER_DISCONNECTED',
      message: expect.stringContaining('ECONNRESET'),
    });
    expect(await closed).toEqual([expect.objectContaining({ code: 'ERR_HAWSER_DISCONNECTED' })]);
    await waitUntil('the end of stdout', () => open.reader.ended);
    await expect(open.transport.shell({ signal: neverAborted })).rejects.toMatchObject({
      code: 'ERR_HAWSER_DISCONNECTED',
    });
  });

  it('hangs up on a server that says no more but would still listen', async () => {
    await using both = await meet();
    const said = everything(both.far);
    both.far.end('bye');
    expect(await both.open.reader.until('bye')).toBe('bye');
    expect(await both.open.shell.exited).toEqual({ missing: true });
    await said;
    expect(await toPort(both.peer.port)).toEqual([]);
  });

  it('lets a writer wait while the server does not read', async () => {
    await using both = await meet();
    const { far, open } = both;
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    let total = 0;
    const pump = (): void => {
      if (total === 64) return;
      total += 1;
      open.shell.stdin.write(chunk);
    };
    open.shell.stdin.on('drain', pump);
    pump();
    await quiet(() => total);
    expect(total).toBeLessThan(32);
    far.resume();
    await waitUntil('all to arrive', () => far.bytesRead === 64 * chunk.length);
    // What was written is still the writer's own.
    expect(chunk.length).toBe(1024 * 1024);
  });

  it('is one terminal: there is no second one, and nothing beside it', async () => {
    await using both = await meet();
    const { transport } = both.open;
    await expect(transport.shell({ signal: neverAborted })).rejects.toMatchObject({
      reason: 'refused',
      message: expect.stringContaining('open another connection'),
    });
    for (const attempt of [transport.exec(), transport.subsystem('sftp'), transport.dial(), transport.listen()]) {
      await expect(attempt).rejects.toMatchObject({ code: 'ERR_HAWSER_CHANNEL', reason: 'unsupported' });
    }
  });

  it('closes once, and its shell with it', async () => {
    await using both = await meet();
    const { shell, transport } = both.open;
    const reasons: unknown[] = [];
    transport.on('close', (reason) => reasons.push(reason));
    shell.close();
    expect(await shell.exited).toEqual({ missing: true });
    await Promise.all([transport.close(), transport.close()]);
    shell.close();
    transport.destroy(new ClosedError('again'));
    expect(reasons).toEqual([undefined]);
    expect(shell.stdin.write('nobody reads it')).toBe(false);
    expect(await toPort(both.peer.port)).toEqual([]);
  });

  it('tells everybody why it was cut', async () => {
    await using both = await meet();
    const reason = new ClosedError('enough');
    const closed = once(both.open.transport, 'close');
    both.open.transport.destroy(reason);
    expect(await closed).toEqual([reason]);
    await expect(both.open.shell.exited).rejects.toBe(reason);
    await waitUntil('the end of stdout', () => both.open.reader.ended);
  });
});

/** Sockets of this process whose far end is that port. */
async function toPort(port: number): Promise<unknown[]> {
  return (await openSockets()).filter(({ remote }) => remote.endsWith(`:${port}`));
}

/** Waits until a number has not changed for as long as it takes to ask for it a few times. */
async function quiet(count: () => number): Promise<void> {
  let last = -1;
  let same = 0;
  await waitUntil('it to come to rest', () => {
    same = count() === last ? same + 1 : 0;
    last = count();
    return same >= 20;
  });
}
