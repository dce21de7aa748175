import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Target } from '../../../src/inventory/target.js';
import {
  describeReal,
  type LatencyProxy,
  type Sshd,
  startLatencyProxy,
  startSshd,
  waitUntil,
} from '../../rigs/rigs.js';
import { main } from '../hawser-process.js';
import { targetOf } from '../ssh/target.js';

const script = fileURLToPath(new URL('holder.mjs', import.meta.url));
const index = pathToFileURL(join(dirname(main), '..', 'index.js')).href;
const KEEP_ALIVE = { interval: 200, countMax: 2 } as const;
/** Past this a silent link counts as lost. */
const PATIENCE = KEEP_ALIVE.interval * (KEEP_ALIVE.countMax + 1);

describeReal(['sshd'], 'a process with a connection that reconnects', () => {
  let server: Sshd;
  let proxy: LatencyProxy;
  beforeAll(async () => {
    server = await startSshd({ keys: ['ed25519'] });
    proxy = await startLatencyProxy(server.port);
  });
  afterAll(async () => {
    await proxy?.stop();
    await server?.stop();
  });

  const start = async (work: 'leave' | 'run', more: Partial<Target> = {}) => {
    const target = targetOf(server, { port: proxy.port, hostKey: 'insecure-accept-any', ...more });
    const child = spawn(process.execPath, [script, index, JSON.stringify(target), work], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = once(child, 'close').then(() => child.exitCode);
    await waitUntil('the connection to stand', () => said.includes('up\n'));
    return {
      said: () => said.split('\n').slice(0, -1),
      signal: (name: NodeJS.Signals) => void child.kill(name),
      goOn: () => void child.stdin.write('go on\n'),
      ended,
      [Symbol.asyncDispose]: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
  };
  const logins = async (): Promise<number> => (await server.log()).split('Accepted publickey').length - 1;
  /** As a laptop sleeps: no timer fires and nothing is read for longer than a silent link is trusted. */
  const sleepLong = async (holder: { signal(name: NodeJS.Signals): void }, meanwhile: () => Promise<void>) => {
    holder.signal('SIGSTOP');
    const begun = performance.now();
    await meanwhile();
    await waitUntil('the sleep to be long enough', () => performance.now() - begun > 2 * PATIENCE);
    holder.signal('SIGCONT');
  };

  const ways: readonly (readonly [name: string, more: () => Partial<Target>])[] = [
    ['directly', () => ({})],
    ["by the user's own ssh", () => ({ protocol: 'openssh' })],
    [
      'through a jump host',
      () => ({
        port: server.port,
        proxyJump: { ...targetOf(server), port: proxy.port, hostKey: 'insecure-accept-any' },
      }),
    ],
  ];

  it.each(ways)('ends by itself while it reconnects %s, where nothing is waited for', async (_, more) => {
    await using holder = await start('leave', more());
    await proxy.stall();
    await proxy.cut();
    await waitUntil('the loss to be seen', () => holder.said().at(-1) === 'reconnecting');
    holder.goOn();
    expect(await holder.ended).toBe(0);
    await proxy.resume();
    expect(holder.said()).toEqual(['connecting', 'connected', 'up', 'reconnecting']);
  });

  it('stays while something waits for the link, and does it then', async () => {
    await using holder = await start('run');
    await proxy.stall();
    await proxy.cut();
    await waitUntil('the loss to be seen', () => holder.said().at(-1) === 'reconnecting');
    holder.goOn();
    await proxy.cut();
    await proxy.resume();
    expect(await holder.ended).toBe(0);
    expect(holder.said().slice(3)).toEqual(['reconnecting', 'connected', 'done', 'closed']);
  });

  it('keeps a live link over a sleep that is longer than the keep-alive', async () => {
    const before = await logins();
    await using holder = await start('run', { keepAlive: KEEP_ALIVE });
    for (let nap = 0; nap < 2; nap += 1) await sleepLong(holder, async () => {});
    holder.goOn();
    expect(await holder.ended).toBe(0);
    expect(holder.said()).toEqual(['connecting', 'connected', 'up', 'done', 'closed']);
    expect((await logins()) - before).toBe(1);
  });

  it('finds after a sleep that its link has died, and makes it again', async () => {
    await using holder = await start('run', { keepAlive: KEEP_ALIVE });
    await sleepLong(holder, () => proxy.stall());
    await waitUntil('the loss to be seen', () => holder.said().at(-1) === 'reconnecting');
    await proxy.resume();
    holder.goOn();
    expect(await holder.ended).toBe(0);
    expect(holder.said().slice(3)).toEqual(['reconnecting', 'connected', 'done', 'closed']);
  });
});
