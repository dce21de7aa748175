import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Contender, Sample } from './contender.js';

const run = promisify(execFile);
const bench = new URL('../', import.meta.url);

/** Debian's own Python: the peers are installed as its packages (see `bench/setup`). */
const PYTHON = '/usr/bin/python3';

/** Options of a workload's process. */
export interface WorkloadOptions {
  /** Of Node, before the program. */
  readonly nodeOptions?: readonly string[];
  /** A program that looks on, with its arguments: it is given the command line of the workload. */
  readonly under?: readonly string[];
}

/** A contender that is a program of `bench/workloads/`, run by Node. `job` is what it is told. */
export function nodeWorkload(name: string, file: string, job: object, o: WorkloadOptions = {}): Contender {
  const program = fileURLToPath(new URL(`workloads/${file}`, bench));
  const node = [process.execPath, ...(o.nodeOptions ?? []), program, JSON.stringify(job)];
  const [command = process.execPath, ...args] = [...(o.under ?? []), ...node];
  return { name, run: () => report(command, args) };
}

/** A contender that is a program of `bench/peers/`, run by Python; `module` is the peer that it needs. */
export async function pythonWorkload(name: string, file: string, module: string, job: object): Promise<Contender> {
  const program = fileURLToPath(new URL(`peers/${file}`, bench));
  const importable = await run(PYTHON, ['-W', 'ignore', '-c', `import ${module}`]).then(
    () => true,
    () => false,
  );
  return {
    name,
    run: () => report(PYTHON, ['-W', 'ignore', program, JSON.stringify(job)]),
    missing: importable ? undefined : `${PYTHON} has no module ${module}; run bench/setup`,
  };
}

/**
 * A contender that is a whole program: what it costs from its start to its end, with all the processes that it waits
 * for. Fails when the program does.
 *
 * @param factor Which part of the work it does: what it costs is multiplied by it. Default 1.
 */
export function commandContender(
  name: string,
  command: string,
  args: readonly string[],
  factor: number = 1,
): Contender {
  const missing = isOnPath(command) ? undefined : `there is no ${command}; run bench/setup`;
  const run = async (): Promise<Sample> => {
    const { wallMs, cpuMs } = await timed(command, args);
    return { wallMs: wallMs * factor, cpuMs: cpuMs * factor };
  };
  return { name, run, missing };
}

/** The last line that the process writes is its sample. */
async function report(command: string, args: readonly string[]): Promise<Sample> {
  const { stdout } = await ran(command, args);
  const sample: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (isSample(sample)) return sample;
  throw new Error(`Expected ${args.join(' ')} to end with a line of numbers by name, got ${stdout.slice(-200)}`);
}

/** Runs a program that is expected to succeed. Throws its last words where it does not. */
async function ran(command: string, args: readonly string[]): Promise<{ readonly stdout: string }> {
  try {
    return await run(command, args, { maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(`${command} ${args.join(' ')} failed:\n${said.split('\n').slice(-12).join('\n')}`);
  }
}

function isSample(value: unknown): value is Sample {
  return typeof value === 'object' && value !== null && Object.values(value).every((n) => typeof n === 'number');
}

/** bash's own `time` counts the children that were waited for, and those of theirs. */
async function timed(command: string, args: readonly string[]): Promise<{ wallMs: number; cpuMs: number }> {
  const script = 'TIMEFORMAT="%3R %3U %3S"; exec 3>&2; { time "$@" >/dev/null 2>/dev/null 3>&-; } 2>&1';
  const { stdout } = await ran('bash', ['-c', script, 'bash', command, ...args]);
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = stdout.trim().split(' ').map(Number);
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000 };
}

/** Whether a program can be run by this name. */
export function isOnPath(command: string): boolean {
  const folders = command.includes('/') ? [''] : (process.env['PATH'] ?? '').split(':');
  return folders.some((folder) => {
    try {
      accessSync(folder === '' ? command : `${folder}/${command}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
