import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/connection/connection.js';
import { AbortError, ClosedError, DisconnectedError, TimeoutError } from '../../src/core/errors.js';
import { waitUntil } from '../rigs/rigs.js';
import { embeddedHost, failure, gone, marker, running, sleepWith } from './places.js';

/** Waits until `mark` runs, and what was written before it has come: it is ahead of a later command's answer. */
async function heard(connection: Connection, mark: string): Promise<void> {
  await running(mark);
  await connection.execute('sleep 0.1');
}

describe('a server that fails', () => {
  const { host, connection: open } = embeddedHost();

  it('in the middle of a command leaves a partial result that is lost, not ended', async () => {
    const connection = open();
    const mark = marker();
    for (const o of [{ bare: true }, { timeout: 60_000 }]) {
      let written = '';
      const onStdout = (chunk: Buffer): void => {
        written += chunk;
      };
      const cut = failure(
        connection.execute(`echo partial; echo err >&2; ${sleepWith(mark)}`, { ...o, onStdout, onStderr: onStdout }),
      );
      await waitUntil('both streams to be heard', () => written.length === 'partial\nerr\n'.length);
      await running(mark);
      host().cut();
      const error = await cut;
      expect(error).toBeInstanceOf(DisconnectedError);
      expect(error).toMatchObject({
        retryable: true,
        result: { outcome: 'lost', stdout: 'partial\n', stderr: 'err\n', status: null, signal: null, ok: false },
      });
      await gone(mark);
    }
    expect((await connection.execute('echo again')).stdout).toBe('again\n');
  });

  it('by a reset does the same to a spawned process and a shell', async () => {
    const connection = open();
    const mark = marker();
    const process = connection.spawn(`echo partial; ${sleepWith(mark)}`);
    const result = failure(process.wait());
    const shell = await connection.shell({ pty: false });
    await heard(connection, mark);
    host().cut('reset');
    expect(await result).toMatchObject({ name: 'DisconnectedError', result: { outcome: 'lost', stdout: 'partial\n' } });
    expect(await failure(shell.read())).toBeInstanceOf(DisconnectedError);
    expect(await failure(shell.write('x'))).toBeInstanceOf(DisconnectedError);
    await shell.close();
  });

  it('while a channel is being opened is a lost connection', async () => {
    host().faults.execDelay = 60_000;
    try {
      const connection = await open().connect();
      const cut = failure(connection.execute('echo x', { timeout: 50_000 }));
      await waitUntil('the command to be asked for', () => host().commands.length > 0);
      host().cut();
      expect(await cut).toBeInstanceOf(DisconnectedError);
    } finally {
      host().faults.execDelay = 0;
    }
  });

  it('by dropping the link after some bytes keeps those bytes', async () => {
    host().faults.dropAfterBytes = 1000;
    try {
      const error = await failure(open().execute('yes'));
      expect(error).toMatchObject({ result: { outcome: 'lost', stdout: 'y\n'.repeat(500) } });
    } finally {
      host().faults.dropAfterBytes = undefined;
    }
  });

  it('by saying nothing of how a command ended gives an unknown outcome, and no status', async () => {
    host().faults.omitExitStatus = true;
    try {
      const connection = open();
      const result = await connection.execute('echo out');
      expect(result).toMatchObject({ outcome: 'unknown', status: null, signal: null, ok: false, stdout: 'out\n' });
      const error = await failure(connection.execute('true', { check: true }));
      expect(error.message).toContain('did not say how');
    } finally {
      host().faults.omitExitStatus = false;
    }
  });

  it('by refusing the command says so, and the connection goes on', async () => {
    const connection = open();
    host().faults.refuseExec = true;
    const error = await failure(connection.execute('true', { timeout: 60_000 }));
    host().faults.refuseExec = false;
    expect(error).toMatchObject({ name: 'ChannelError', reason: 'request' });
    expect((await connection.execute('echo on')).stdout).toBe('on\n');
  });

  it('by refusing variables changes nothing', async () => {
    host().faults.refuseEnv = true;
    const { stdout } = await open().execute('echo "$A"', { env: { A: 'given' } });
    host().faults.refuseEnv = false;
    expect(stdout).toBe('given\n');
  });

  it('by never closing the channel of a command that has ended is no reason to wait past the limit', async () => {
    host().faults.swallowClose = true;
    const error = await failure(open().execute('echo out', { timeout: 500, killGrace: 100 }));
    host().faults.swallowClose = false;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ result: { stdout: 'out\n' } });
  });

  it('by ignoring signals ends what is to be ended all the same', async () => {
    host().faults.ignoreSignals = true;
    const mark = marker();
    const error = await failure(open().execute(sleepWith(mark), { timeout: 500 }));
    host().faults.ignoreSignals = false;
    expect(error).toMatchObject({ result: { killed: 'confirmed' } });
    await gone(mark);
  });

  it('is told apart from a connection that its owner closes', async () => {
    const connection = await open().connect();
    const mark = marker();
    const closed = failure(connection.execute(sleepWith(mark), { timeout: 60_000 }));
    await running(mark);
    const before = host().log.filter(({ what }) => what === 'connect').length;
    await connection.close();
    expect(await closed).toBeInstanceOf(ClosedError);
    expect(host().log.filter(({ what }) => what === 'connect').length).toBe(before);
  });
});

describe("a caller's own function that throws", () => {
  const { connection: open } = embeddedHost();

  it('ends the command, and is the cause of the error', async () => {
    const mark = marker();
    const cause = new Error('cannot take more');
    const onStdout = (): never => {
      throw cause;
    };
    const error = await failure(open().execute(`echo out; ${sleepWith(mark)}`, { onStdout }));
    expect(error).toBeInstanceOf(AbortError);
    expect(error.cause).toBe(cause);
    expect(error).toMatchObject({ result: { stdout: 'out\n', killed: 'confirmed' } });
    await gone(mark);
  });
});
