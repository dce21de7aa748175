import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/connection/connection.js';
import { connect, createConnection } from '../../../src/connection/create-connection.js';
import { ClosedError, DisconnectedError } from '../../../src/core/errors.js';
import { startTestFleet, type TestFleet } from '../../../src/testing/test-fleet.js';
import type { TestHost } from '../../../src/testing/test-host.js';
import { waitUntil } from '../../rigs/wait-until.js';
import { errorOf } from './scripted-connection.js';

// Without keep-alive nothing but the close itself ends what a server that hangs has left open: a close that waits for
// it never comes back, and its test runs out of time.
const NO_HELP = { sshConfig: false, agent: false, keepAlive: false } as const;

let fleet: TestFleet;
let host: TestHost;

beforeEach(async () => {
  fleet = await startTestFleet({ hosts: 2 });
  host = fleet.host('host1');
});

afterEach(async () => {
  host.unstall();
  await fleet.close();
});

/** The whole host says nothing more from the moment at which such a request comes. */
function stallAt(step: string): Promise<void> {
  return new Promise((resolve) => {
    host.faults.onSftp = (request) => {
      if (request !== step) return 'serve';
      host.stall();
      resolve();
      return 'hang';
    };
  });
}

/** The files' server alone says nothing more from then on. */
function hangAt(step: string): Promise<void> {
  return new Promise((resolve) => {
    host.faults.onSftp = (request) => {
      if (request !== step) return 'serve';
      resolve();
      return 'hang';
    };
  });
}

describe('closing a connection while it is made', () => {
  it('does not wait for a server that shows no banner', async () => {
    host.stall();
    const connection = createConnection({ ...host.target, ...NO_HELP });
    const connecting = errorOf(connection.connect());
    await waitUntil('the connection to come in', () => host.connections === 1);
    await connection.close();
    expect(await connecting).toBeInstanceOf(ClosedError);
  });

  it('does not wait for a server that weighs its credentials', async () => {
    host.faults.authDelay = 3_600_000;
    const connection = createConnection({ ...host.target, ...NO_HELP });
    const running = errorOf(connection.execute('true'));
    await waitUntil('the key exchange', () => connection.connectSteps.some(({ phase }) => phase === 'kex'));
    await connection.close();
    expect(await running).toBeInstanceOf(ClosedError);
  });

  it('does not wait for a jump host that does not dial', async () => {
    const jump = { ...fleet.host('host2').target, ...NO_HELP };
    const connection = createConnection({ ...host.target, ...NO_HELP, proxyJump: jump });
    await connection.connect();
    await connection.disconnect();
    fleet.host('host2').stall();
    const again = errorOf(connection.connect());
    await connection.close();
    expect(await again).toBeInstanceOf(ClosedError);
    fleet.host('host2').unstall();
  });
});

describe.each([false, true])('closing a connection with threadSafe: %s', (threadSafe) => {
  let connection: Connection;

  beforeEach(async () => {
    connection = await connect({ ...host.target, ...NO_HELP, threadSafe });
  });

  afterEach(() => connection.close());

  /** Closes while `working` goes on, and says how that ends. */
  async function closeDuring(working: Promise<unknown>, reached: Promise<unknown>): Promise<unknown> {
    const ending = errorOf(working);
    await reached;
    await connection.close();
    return ending;
  }

  it('does not wait for a channel that the server was asked for', async () => {
    host.stall();
    expect(await closeDuring(connection.fs.stat('/'), Promise.resolve())).toBeInstanceOf(ClosedError);
  });

  it('does not wait for a channel that nobody wants any more', async () => {
    host.stall();
    const controller = new AbortController();
    const working = errorOf(connection.fs.readFile('/file', { signal: controller.signal }));
    // The request for the channel has left.
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await working;
    await connection.close();
  });

  it('does not wait for a channel of its own that the server does not open', async () => {
    host.stall();
    const controller = new AbortController();
    const opening = errorOf(connection.subsystem('sftp', { signal: controller.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await opening;
    await connection.close();
  });

  it('does not wait for a stream that was destroyed', async () => {
    const stream = await connection.dial({ host: '127.0.0.1', port: host.port });
    host.stall();
    stream.on('error', () => {}).destroy();
    await connection.close();
  });

  for (const [how, stop] of [
    ['the host stalls', stallAt],
    ['the SFTP server hangs', hangAt],
  ] as const) {
    it.each(['init', 'realpath', 'lstat'])(`ends what waits when ${how} at %s`, async (step) => {
      const reached = stop(step);
      const ended = await closeDuring(connection.fs.lstat('~/nothing'), reached);
      expect(ended).toBeInstanceOf(ClosedError);
    });

    it(`ends the rest that wait for their turn when ${how}`, async () => {
      const reached = stop('lstat');
      const waiting = [1, 2, 3].map((n) => errorOf(connection.fs.lstat(`/${n}`)));
      await reached;
      await connection.close();
      for (const ended of await Promise.all(waiting)) expect(ended).toBeInstanceOf(ClosedError);
    });

    it(`does not wait for the answer that an aborted call did not wait for, when ${how}`, async () => {
      const controller = new AbortController();
      const reached = stop('write');
      const working = errorOf(connection.fs.writeFile('/file', randomBytes(100_000), { signal: controller.signal }));
      await reached;
      controller.abort();
      expect(await working).toMatchObject({ name: 'AbortError' });
      await connection.close();
    });

    it(`does not wait for a handle that is being closed, when ${how}`, async () => {
      const handle = await connection.fs.open('/file', 'w');
      const reached = stop('close');
      expect(await closeDuring(handle.close(), reached)).toBeInstanceOf(ClosedError);
    });

    it(`does not wait for a file that was read and is being closed, when ${how}`, async () => {
      await connection.fs.writeFile('/file', 'text');
      const reached = stop('close');
      expect(await connection.fs.readFile('/file', 'utf8')).toBe('text');
      await reached;
      await connection.close();
    });

    it(`does not wait for a stream that writes, when ${how}`, async () => {
      const reached = stop('write');
      const stream = connection.fs.createWriteStream('/file');
      const ending = new Promise((resolve) => stream.once('error', resolve));
      stream.write(randomBytes(1_000_000));
      await reached;
      await connection.close();
      expect(await ending).toBeInstanceOf(ClosedError);
    });

    it(`does not wait for an upload that was cut short, when ${how}`, async () => {
      const controller = new AbortController();
      const reached = stop('write');
      const uploading = errorOf(connection.upload(process.execPath, '/node', { signal: controller.signal }));
      await reached;
      controller.abort();
      expect(await uploading).toMatchObject({ name: 'AbortError' });
      await connection.close();
    });
  }

  it('does not wait for a shell that stands in for SFTP', async () => {
    host.faults.refuseSubsystem = true;
    await connection.fs.writeFile('/tmp/nothing-of-ours', '').catch(() => {});
    host.stall();
    const controller = new AbortController();
    const working = errorOf(connection.fs.readFile('/file', { signal: controller.signal }));
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await working;
    await connection.close();
  });

  it('can be made anew where it was disconnected instead', async () => {
    const reached = stallAt('lstat');
    const working = errorOf(connection.fs.lstat('/'));
    await reached;
    await connection.disconnect();
    expect(await working).toBeInstanceOf(DisconnectedError);
    host.faults.onSftp = 'serve';
    host.unstall();
    expect((await connection.fs.lstat('/')).isDirectory()).toBe(true);
  });
});
