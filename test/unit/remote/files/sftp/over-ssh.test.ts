import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { neverAborted } from '../../../../../src/core/abort.js';
import { Deadline } from '../../../../../src/core/deadline.js';
import { ConnectTrace } from '../../../../../src/core/diagnostics.js';
import { ClosedError } from '../../../../../src/core/errors.js';
import { openSftp, type SftpDriver } from '../../../../../src/remote/files/sftp/sftp-driver.js';
import { resolveEndpoint } from '../../../../../src/transport/ssh2/resolve-endpoint.js';
import { SshContext } from '../../../../../src/transport/ssh2/ssh-context.js';
import { Ssh2Transport } from '../../../../../src/transport/ssh2/ssh2-transport.js';
import {
  describeReal,
  type SshdConfig,
  type SshServer,
  sshdConfigs,
  startDropbear,
  startLatencyProxy,
  startSshd,
} from '../../../../rigs/rigs.js';

describeReal(['sshd', 'dropbear'], 'SFTP over SSH', () => {
  const undo: (() => Promise<void> | void)[] = [];
  let server: SshServer;
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'hawser-sftp-'));
    server = await startSshd({ keys: ['ed25519'] });
  });
  afterEach(async () => {
    for (const step of undo.splice(0).reverse()) await step();
  });
  afterAll(async () => {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  });

  async function sftpOf(to: SshServer, port: number = to.port, username = 'root'): Promise<SftpDriver> {
    const context = new SshContext();
    const { endpoint } = await resolveEndpoint(
      {
        host: to.host,
        port,
        username,
        privateKey: to.identity,
        sshConfig: false,
        agent: false,
        hostKey: port === to.port ? 'strict' : 'insecure-accept-any',
        knownHosts: to.knownHosts,
      },
      (choice) => context.config(choice),
    );
    const transport = new Ssh2Transport(endpoint, context);
    undo.push(() => transport.destroy(new ClosedError('The test is over.')));
    await transport.connect({ signal: neverAborted, deadline: Deadline.in(20_000), trace: new ConnectTrace('rig') });
    return await openSftp(transport, { host: 'rig', key: 'rig', signal: neverAborted });
  }

  async function opening(config: SshdConfig): Promise<SftpDriver> {
    const own = await startSshd({ keys: ['ed25519'], config });
    undo.push(() => own.stop());
    return await sftpOf(own);
  }

  it('carries a file there and back', async () => {
    const sftp = await sftpOf(server);
    const bytes = randomBytes(9_000_001);
    const path = Buffer.from(join(root, 'a'));
    const file = await sftp.open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    await file.write(0, [bytes]);
    expect((await readFile(path)).equals(bytes)).toBe(true);
    const parts: Buffer[] = [];
    await file.pull({
      start: 0,
      expected: bytes.length,
      inOrder: true,
      take: (_, pieces) => void parts.push(...pieces),
    });
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
    await file.close();
    await sftp.close();
  });

  it.each([
    ['refuses the subsystem', sshdConfigs.noSftp, /refused the sftp request/],
    ['has no program for it', sshdConfigs.brokenSftp, /it has no SFTP server/],
    [
      'prints something first',
      { Subsystem: 'sftp echo Welcome; exec /usr/lib/openssh/sftp-server' },
      /"Welcome".*start-up/,
    ],
  ])('tells a server that %s', async (_what, config, says) => {
    const failure = opening(config);
    await expect(failure).rejects.toMatchObject({ name: 'ChannelError', reason: 'request' });
    await expect(failure).rejects.toThrow(says);
  });

  it('works with dropbear', async () => {
    const own = await startDropbear();
    undo.push(() => own.stop());
    const sftp = await sftpOf(own, own.port, own.user);
    await chmod(root, 0o755);
    await writeFile(join(root, 'd'), 'dropbear');
    const file = await sftp.open(Buffer.from(join(root, 'd')), constants.O_RDONLY, 0);
    expect(Buffer.concat(await file.read(0, 100)).toString()).toBe('dropbear');
  });

  it('tells everything under way when the line is cut in the middle of a transfer', async () => {
    const proxy = await startLatencyProxy(server.port);
    undo.push(() => proxy.stop());
    const sftp = await sftpOf(server, proxy.port);
    const path = Buffer.from(join(root, 'big'));
    await writeFile(path, Buffer.alloc(30_000_000));
    const file = await sftp.open(path, constants.O_RDWR, 0);
    let cut: Promise<void> | undefined;
    const pulling = file.pull({
      start: 0,
      inOrder: false,
      take: () => {
        cut ??= proxy.cut();
      },
    });
    const pushing = file.push({ start: 30_000_000, next: async (length) => [Buffer.alloc(length)] });
    // The first ones may be answered before the cut.
    const asking = (async (): Promise<never> => {
      for (;;) await sftp.stat(path);
    })();
    for (const work of [pulling, pushing, asking]) {
      await expect(work).rejects.toMatchObject({ name: 'DisconnectedError' });
    }
    await cut;
    expect(sftp.usable).toBe(false);
  });
});
