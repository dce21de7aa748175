import { afterAll, beforeAll, expect, it } from 'vitest';
import { connect } from '../../../src/connection/create-connection.js';
import { SshConnection } from '../../../src/connection/ssh-connection.js';
import { neverAborted } from '../../../src/core/abort.js';
import { Deadline } from '../../../src/core/deadline.js';
import { ConnectTrace } from '../../../src/core/diagnostics.js';
import { AbortError, DisconnectedError, ThrottledError } from '../../../src/core/errors.js';
import { resolveEndpoint } from '../../../src/transport/ssh2/resolve-endpoint.js';
import { SshContext } from '../../../src/transport/ssh2/ssh-context.js';
import { Ssh2Transport } from '../../../src/transport/ssh2/ssh2-transport.js';
import {
  describeReal,
  type Sshd,
  sshdConfigs,
  startDropbear,
  startLatencyProxy,
  startSshd,
  waitUntil,
} from '../../rigs/rigs.js';
import { errorOf, targetOf } from './target.js';

describeReal(['sshd'], "a server's limits", () => {
  it.each([
    ['one session', '1'],
    ['two sessions', '2'],
    ['ten sessions', '10'],
  ])('are learned: 30 commands at once pass through %s in the order in which they came', async (_name, max) => {
    await using server = await startSshd({ config: { MaxSessions: max } });
    await using connection = await connect(targetOf(server));
    const done: number[] = [];
    const work = Array.from({ length: 30 }, async (_, i) => {
      const { stdout } = await connection.execute(`echo ${i}`);
      done.push(i);
      return stdout;
    });
    expect(await Promise.all(work)).toEqual(Array.from({ length: 30 }, (_, i) => `${i}\n`));
    if (max === '1') expect(done).toEqual(Array.from({ length: 30 }, (_, i) => i));
  });

  it('leave a queue that an abort leaves cleanly', async () => {
    await using server = await startSshd({ config: sshdConfigs.oneSession });
    await using connection = await connect(targetOf(server));
    const holder = connection.spawn('cat');
    await holder.stdin.write('x');
    await waitUntil('the first command to run', () => holder.pid !== undefined);
    const controller = new AbortController();
    const waiting = connection.execute('echo never', { signal: controller.signal });
    const next = connection.execute('echo next');
    controller.abort();
    await errorOf(waiting, AbortError);
    holder.stdin.end();
    expect((await next).stdout).toBe('next\n');
  });

  it('on strangers are recognised, and waited out within the time limit', async () => {
    await using server = await startSshd({ config: sshdConfigs.fewStartups });
    const context = new SshContext();
    const connections = Array.from({ length: 20 }, () => new SshConnection({ target: targetOf(server), context }));
    const separate = Array.from({ length: 6 }, () => new SshConnection({ target: targetOf(server) }));
    await Promise.all([...connections, ...separate].map((c) => c.connect({ timeout: 50_000 })));
    expect(await server.log()).toContain('MaxStartups');
    await Promise.all([...connections, ...separate].map((c) => c.close()));
  });

  it('on strangers end in an error that says so when the time is up', async () => {
    await using server = await startSshd({ config: { MaxStartups: '1:100:1', LoginGraceTime: '60' } });
    const { connect: dial } = await import('node:net');
    const stranger = dial(server.port, server.host);
    await new Promise((resolve) => stranger.once('data', resolve));
    const error = await errorOf(connect(targetOf(server), { connectTimeout: 4000 }), ThrottledError);
    expect(error.message).toContain('MaxStartups');
    expect(error.retryable).toBe(true);
    stranger.destroy();
  });
});

describeReal(['dropbear'], "dropbear's limit", () => {
  it('of five strangers, who are turned away without a word, is waited out', async () => {
    await using server = await startDropbear();
    const context = new SshContext();
    const connections = Array.from({ length: 15 }, () => new SshConnection({ target: targetOf(server), context }));
    await Promise.all(connections.map((c) => c.connect({ timeout: 50_000 })));
    const answers = await Promise.all(connections.map((c) => c.execute('echo ok')));
    expect(answers.filter((a) => !a.ok)).toEqual([]);
    await Promise.all(connections.map((c) => c.close()));
  });
});

describeReal(['sshd'], 'a long session', () => {
  let server: Sshd;
  beforeAll(async () => {
    server = await startSshd();
  });
  afterAll(async () => server?.stop());

  it('finds out that the other side has gone silent', async () => {
    await using proxy = await startLatencyProxy(server.port);
    const target = { ...targetOf(server), port: proxy.port, hostKey: 'insecure-accept-any' as const };
    await using connection = await connect({ ...target, keepAlive: { interval: 50, countMax: 2 } });
    const lost = new Promise<Error>((resolve) => connection.once('lost', resolve));
    const running = connection.execute('echo before; exec sleep 600', { onStdout: () => proxy.stall() });
    const error = await errorOf(running, DisconnectedError);
    expect(error.message).toContain('keep-alive');
    expect(error.result).toMatchObject({ outcome: 'lost', stdout: 'before\n' });
    expect((await lost).message).toContain('keep-alive');
    expect(connection.state).toBe('disconnected');
  });

  it('stays up while the server answers, however little is said', async () => {
    await using connection = await connect({ ...targetOf(server), keepAlive: { interval: 40, countMax: 20 } });
    expect((await connection.execute('sleep 1; echo alive')).stdout).toBe('alive\n');
  });

  it('says that the link was cut, and connects again when it is used', async () => {
    await using proxy = await startLatencyProxy(server.port);
    const target = { ...targetOf(server), port: proxy.port, hostKey: 'insecure-accept-any' as const };
    await using connection = await connect(target);
    const running = connection.execute('echo before; exec sleep 600', { onStdout: () => proxy.cut() });
    expect((await errorOf(running, DisconnectedError)).result?.outcome).toBe('lost');
    expect((await connection.execute('echo again')).stdout).toBe('again\n');
  });

  it('changes its keys by bytes, and no byte is lost', async () => {
    const context = new SshContext();
    const { endpoint } = await resolveEndpoint(targetOf(server), (choice) => context.config(choice));
    const transport = new Ssh2Transport(endpoint, context, { bytes: 1024 * 1024, ms: 3_600_000 });
    await transport.connect({ signal: neverAborted, deadline: Deadline.in(20_000), trace: new ConnectTrace('test') });
    const channel = await transport.exec('head -c 20000000 /dev/zero', { signal: neverAborted });
    let bytes = 0;
    channel.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    channel.stderr.resume();
    channel.stdin.end();
    expect(await channel.exited).toEqual({ code: 0 });
    expect(bytes).toBe(20_000_000);
    await transport.close();
  });
});
