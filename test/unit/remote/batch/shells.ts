import { spawn, spawnSync } from 'node:child_process';

/** The shells of this machine that read POSIX text, as the words that start them; `sh`, mostly dash, is everywhere. */
export const SHELLS: readonly (readonly [name: string, ...words: string[]])[] = (
  [
    ['sh', 'sh'],
    ['bash', 'bash'],
    ['busybox', 'busybox', 'sh'],
    ['mksh', 'mksh'],
  ] as const
).filter(([, program]) => spawnSync(program, ['-c', ':']).error === undefined);

/** What a shell answered. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs text in a shell, from stdin, in a directory. */
export function runShell(
  words: readonly string[],
  script: string,
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Ran> {
  const [program = 'sh', ...args] = words;
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env } });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  // It may leave before it has read all.
  child.stdin.on('error', () => {});
  child.stdin.end(script);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}
