import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { connect } from '../../../src/connection/create-connection.js';
import { neverAborted } from '../../../src/core/abort.js';
import { Deadline } from '../../../src/core/deadline.js';
import { ConnectTrace } from '../../../src/core/diagnostics.js';
import { openSftp } from '../../../src/remote/files/sftp/sftp-driver.js';
import { startTestFleet } from '../../../src/testing/test-fleet.js';
import { resolveEndpoint } from '../../../src/transport/ssh2/resolve-endpoint.js';
import { SshContext } from '../../../src/transport/ssh2/ssh-context.js';
import { Ssh2Transport } from '../../../src/transport/ssh2/ssh2-transport.js';
import { describeReal, startSshd } from '../../rigs/rigs.js';
import { targetOf } from './target.js';

const content = randomBytes(24 * 1024 * 1024);

/** Sends and fetches over a transport that asks for new keys after each mebibyte. */
async function thereAndBack(transport: Ssh2Transport): Promise<Buffer> {
  await transport.connect({
    signal: neverAborted,
    deadline: Deadline.in(20_000),
    trace: new ConnectTrace('rekeying'),
  });
  const driver = await openSftp(transport, { host: 'rekeying', key: 'rekeying', signal: neverAborted });
  const path = Buffer.from('rekeyed');
  const file = await driver.open(path, 0o102, 0o600);
  let sent = 0;
  await file.push({
    start: 0,
    next: async (length) => {
      const piece = content.subarray(sent, sent + length);
      sent += piece.length;
      return piece.length === 0 ? undefined : [piece];
    },
  });
  const pieces: Buffer[] = [];
  await file.pull({ start: 0, inOrder: true, take: (_position, some) => void pieces.push(...some) });
  await file.close();
  await driver.unlink(path);
  await driver.close();
  await transport.close();
  return Buffer.concat(pieces);
}

async function rekeyingTransport(target: Parameters<typeof resolveEndpoint>[0]): Promise<Ssh2Transport> {
  const context = new SshContext();
  const { endpoint } = await resolveEndpoint(target, (choice) => context.config(choice));
  return new Ssh2Transport(endpoint, context, { bytes: 1024 * 1024, ms: 3_600_000 });
}

describeReal(['sshd'], 'new keys on a connection that works', () => {
  it('are changed by us without a byte lost on the way', async () => {
    await using server = await startSshd();
    const back = await thereAndBack(await rekeyingTransport(targetOf(server)));
    expect(back.equals(content)).toBe(true);
  });

  it('are changed by the server without a byte lost on the way', async () => {
    await using server = await startSshd({ config: { RekeyLimit: '1M' } });
    await using connection = await connect(targetOf(server));
    await connection.fs.writeFile('rekeyed', content);
    expect((await connection.fs.readFile('rekeyed')).equals(content)).toBe(true);
    const { stdout } = await connection.execute('cat', { input: content, encoding: 'buffer', maxBuffer: 2 ** 25 });
    expect(stdout.equals(content)).toBe(true);
    await connection.fs.unlink('rekeyed');
  });
});

it('new keys are changed on an embedded server without a byte lost on the way', async () => {
  await using fleet = await startTestFleet();
  const back = await thereAndBack(await rekeyingTransport(fleet.host('host1').target));
  expect(back.equals(content)).toBe(true);
});
