import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The file of the command line that was built. */
export const main: string =
  process.env['HAWSER_MAIN'] ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How the command line ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line, running. */
export interface Hawser extends AsyncDisposable {
  readonly pid: number;
  /** All of stdout so far. */
  stdout(): string;
  /** All of stderr so far. */
  stderr(): string;
  interrupt(signal?: NodeJS.Signals): void;
  readonly ended: Promise<Ended>;
}

/**
 * Starts the command line, without the user's own configuration, agent, terminal, sessions and record of runs; `more` is for
 * its environment.
 */
export function start(args: readonly string[], input?: string, more: Readonly<Record<string, string>> = {}): Hawser {
  const { SSH_AUTH_SOCK: _agent, HAWSER_DEBUG: _debug, ...env } = process.env;
  // A session of its own: no terminal to ask on, wherever the tests run.
  const child = spawn(process.execPath, [main, ...args], {
    env: {
      ...env,
      XDG_CONFIG_HOME: '/nonexistent',
      HAWSER_NO_RECORD: '1',
      HAWSER_SESSION_SOCKET: '/nonexistent/broker.sock',
      ...more,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  let seen = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    seen += chunk;
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const ended = once(child, 'close').then(() => ({ status: child.exitCode, stdout: seen, stderr: said }));
  return {
    pid: child.pid ?? 0,
    stdout: () => seen,
    stderr: () => said,
    interrupt: (signal = 'SIGINT') => child.kill(signal),
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs the command line to its end. */
export function hawser(
  args: readonly string[],
  input?: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return start(args, input, more).ended;
}

/** Runs the command line on a terminal, by script(1); answers questions as they come. */
export async function onTerminal(
  args: readonly string[],
  answers: readonly (readonly [question: string | RegExp, answer: string])[] = [],
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { SSH_AUTH_SOCK: _agent, ...env } = process.env;
  const line = [process.execPath, main, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    env: {
      ...env,
      TERM: 'xterm',
      NO_COLOR: '1',
      HAWSER_NO_RECORD: '1',
      HAWSER_SESSION_SOCKET: '/nonexistent/broker.sock',
      ...more,
    },
  });
  let seen = '';
  const left = new Map(answers);
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    seen += chunk;
    for (const [question, answer] of left) {
      if (typeof question === 'string' ? !seen.includes(question) : !question.test(seen)) continue;
      left.delete(question);
      child.stdin.write(`${answer}\r`);
    }
  });
  await once(child, 'close');
  return seen;
}
