import { appendFile, copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLatencyProxy } from '../../test/rigs/latency-proxy.js';
import type { Login, ManyHosts } from './many-hosts.js';

/** A way to the first of many hosts that takes its time. */
export interface LongLine extends AsyncDisposable {
  readonly login: Login;
}

/** Puts a line of `roundTripMs` before the first host; it loses nothing, and carries as much as comes. */
export async function startLongLine(rig: ManyHosts, roundTripMs: number): Promise<LongLine> {
  const { port, knownHosts: known } = rig.login;
  const proxy = await startLatencyProxy(port, { delay: roundTripMs / 2 });
  const directory = await mkdtemp(join(tmpdir(), 'hawser-bench-'));
  const knownHosts = join(directory, 'known_hosts');
  await copyFile(known, knownHosts);
  const [line = ''] = (await readFile(known, 'utf8')).split('\n');
  await appendFile(knownHosts, `${line.replace(`:${port} `, `:${proxy.port} `)}\n`);
  return {
    login: { ...rig.login, port: proxy.port, knownHosts },
    [Symbol.asyncDispose]: async () => {
      await proxy.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
