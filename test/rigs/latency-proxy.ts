import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('latency-proxy.mjs', import.meta.url));

/** A proxy on loopback that makes a line as long, or as broken, as a test wants it. */
export interface LatencyProxy extends AsyncDisposable {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Resets every connection; new ones are accepted. */
  cut(): Promise<void>;
  /** Carries nothing more, not even a close; new connections stay mute. */
  stall(): Promise<void>;
  /** Carries on after {@link stall}. */
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a proxy to `port` of 127.0.0.1 that delays each direction: the round trip grows by twice the delay.
 *
 * @param options.delay in milliseconds, default 0.
 */
export async function startLatencyProxy(
  port: number,
  options: { readonly delay?: number } = {},
): Promise<LatencyProxy> {
  const child = spawn(process.execPath, [script, String(port), String(options.delay ?? 0)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('The latency proxy ended by itself');
    return value;
  };
  const command = async (name: string): Promise<void> => {
    child.stdin.write(`${name}\n`);
    await nextLine();
  };
  const listening = Number(await nextLine());
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await closed;
  };
  return {
    host: '127.0.0.1',
    port: listening,
    cut: () => command('cut'),
    stall: () => command('stall'),
    resume: () => command('resume'),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
