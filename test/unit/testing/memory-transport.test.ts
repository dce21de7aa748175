import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { Deadline } from '../../../src/core/deadline.js';
import { ConnectTrace } from '../../../src/core/diagnostics.js';
import { ChannelError, ClosedError, DisconnectedError } from '../../../src/core/errors.js';
import { MemoryTransport, type MemoryTransportOptions } from '../../../src/testing/memory-transport.js';
import type { ExecChannel, ExitStatus } from '../../../src/transport/contract.js';

const { signal } = new AbortController();

async function connected(o: MemoryTransportOptions): Promise<MemoryTransport> {
  const transport = new MemoryTransport(o);
  await transport.connect({ signal, deadline: Deadline.in(undefined), trace: new ConnectTrace('memory') });
  return transport;
}

async function readAll(channel: ExecChannel): Promise<{ stdout: string; stderr: string; status: ExitStatus }> {
  const [stdout, stderr, status] = await Promise.all([text(channel.stdout), text(channel.stderr), channel.exited]);
  return { stdout, stderr, status };
}

describe('a memory transport', () => {
  it('gives canned output to every command', async () => {
    const transport = await connected({ exec: { stdout: 'out', stderr: 'err', code: 3 } });
    for (const command of ['a', 'b']) {
      expect(await readAll(await transport.exec(command, { signal }))).toEqual({
        stdout: 'out',
        stderr: 'err',
        status: { code: 3 },
      });
    }
  });

  it('asks its handler, which may answer later, with a signal or without a status', async () => {
    const transport = await connected({
      exec: async (command) => (command === 'lost' ? { missing: true } : { stdout: command, signal: 'SIGKILL' }),
    });
    expect(await readAll(await transport.exec('killed', { signal }))).toEqual({
      stdout: 'killed',
      stderr: '',
      status: { signal: 'SIGKILL', coreDumped: false },
    });
    expect((await readAll(await transport.exec('lost', { signal }))).status).toEqual({ missing: true });
  });

  it('lets a handler talk, with backpressure both ways', async () => {
    const transport = await connected({
      exec: async (_command, process) => {
        const input = await text(process.stdin);
        expect(process.stdout.write('x'.repeat(100_000))).toBe(false);
        await once(process.stdout, 'drain');
        return { stdout: input };
      },
    });
    const channel = await transport.exec('talk', { signal });
    channel.stdin.end('heard');
    expect((await readAll(channel)).stdout).toBe(`${'x'.repeat(100_000)}heard`);
  });

  it('hands over output that is known without a stream, and waits while it is paused', async () => {
    const transport = await connected({ exec: { stdout: 'out' } });
    const channel = await transport.exec('a', { signal });
    const stdout = channel.chunks?.('stdout') ?? expect.fail('no chunks');
    channel.endInput?.();
    const heard: string[] = [];
    stdout.once('end', () => heard.push('end'));
    stdout.on('data', (chunk) => {
      heard.push(String(chunk));
      stdout.pause();
    });
    await new Promise(setImmediate);
    expect(heard).toEqual(['out']);
    stdout.resume();
    expect(await channel.exited).toEqual({ code: 0 });
    expect(heard).toEqual(['out', 'end']);
  });

  it('gives chunks of a command that still writes, and the end of its input to one that reads', async () => {
    const transport = await connected({ exec: async (_command, process) => ({ stdout: await text(process.stdin) }) });
    const channel = await transport.exec('a', { signal });
    const heard: string[] = [];
    channel.chunks?.('stdout').on('data', (chunk) => heard.push(String(chunk)));
    channel.chunks?.('stderr').resume();
    channel.stdin.write('in');
    channel.endInput?.();
    expect(await channel.exited).toEqual({ code: 0 });
    expect(heard).toEqual(['in']);
  });

  it('ends only when all output was read', async () => {
    const transport = await connected({ exec: { stdout: 'unread' } });
    const channel = await transport.exec('a', { signal });
    let ended = false;
    void channel.exited.then(() => {
      ended = true;
    });
    await new Promise(setImmediate);
    expect(ended).toBe(false);
    channel.stdout.resume();
    expect(await channel.exited).toEqual({ code: 0 });
    expect(transport.channels).toBe(0);
  });

  it('takes signals and sizes to the handler', async () => {
    const transport = await connected({
      exec: (_command, process) =>
        new Promise((resolve) => {
          process.onResize(({ columns }) => process.stdout.write(`${columns}`));
          process.onSignal((name) => resolve({ signal: `SIG${name}` }));
        }),
    });
    const channel = await transport.exec('wait', { signal, pty: { columns: 80, rows: 24, term: 'xterm' } });
    channel.resize({ columns: 100, rows: 30 });
    channel.signal('TERM');
    expect(await readAll(channel)).toMatchObject({ stdout: '100', status: { signal: 'SIGTERM' } });
  });

  it('closes after what runs, and opens nothing more', async () => {
    const transport = await connected({ exec: { stdout: 'last words' } });
    const channel = await transport.exec('a', { signal });
    const closed = transport.close();
    await expect(transport.exec('b', { signal })).rejects.toThrow(ClosedError);
    expect((await readAll(channel)).stdout).toBe('last words');
    await closed;
    await transport.close();
  });

  it('fails everything open with the reason when it is cut', async () => {
    const transport = await connected({ exec: () => new Promise(() => {}), subsystems: { echo: () => {} } });
    const channel = await transport.exec('a', { signal });
    const stream = await transport.subsystem('echo', { signal });
    const reason = new DisconnectedError('The link is gone.');
    const closed = once(transport, 'close');
    const read = text(channel.stdout);
    const streamError = once(stream, 'error');
    transport.destroy(reason);
    await expect(read).rejects.toBe(reason);
    await expect(channel.exited).rejects.toBe(reason);
    expect(await streamError).toEqual([reason]);
    expect(await closed).toEqual([reason]);
  });

  it('gives up a channel that is closed early', async () => {
    const transport = await connected({ exec: () => new Promise(() => {}) });
    const channel = await transport.exec('a', { signal });
    const read = text(channel.stdout);
    channel.close();
    expect(await read).toBe('');
    expect(await channel.exited).toEqual({ missing: true });
    expect(transport.channels).toBe(0);
  });

  it('serves subsystems and dials by script, and nothing else', async () => {
    const transport = await connected({
      subsystems: { echo: (stream) => stream.pipe(stream) },
      dial: (to, stream) => stream.end('port' in to ? `${to.host}:${to.port}` : to.socketPath),
    });
    expect([...transport.capabilities]).toEqual(['exec', 'signal', 'subsystem', 'dial']);
    const echo = await transport.subsystem('echo', { signal });
    echo.end('again');
    expect(await text(echo)).toBe('again');
    const dialled = await transport.dial({ host: 'inner', port: 22 }, { signal });
    dialled.end();
    expect(await text(dialled)).toBe('inner:22');
    await expect(transport.subsystem('sftp', { signal })).rejects.toThrow(ChannelError);
    await expect(transport.shell({ signal })).rejects.toMatchObject({ reason: 'unsupported' });
    await transport.close();
  });

  it('refuses a channel with what the handler throws, and a connect with what the script throws', async () => {
    const refused = new ChannelError('refused', 'No.');
    const transport = await connected({
      exec: () => {
        throw refused;
      },
    });
    await expect(transport.exec('a', { signal })).rejects.toBe(refused);
    const gone = new DisconnectedError('No machine.');
    await expect(connected({ connect: () => Promise.reject(gone) })).rejects.toBe(gone);
  });
});
