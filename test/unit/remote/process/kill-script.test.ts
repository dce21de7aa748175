import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { parseProcess } from '../../../../src/remote/process/far-process.js';
import { endScript } from '../../../../src/remote/process/kill-script.js';

const NOBODYS = 'HAWSER_RUN=nobody-has-this';
const hasProc = existsSync('/proc/self/stat');
if (!hasProc) console.warn('SKIPPED the kill script by start times: there is no /proc');

async function runEnd(pid: number, start: string, grace = 1000): Promise<string> {
  const { line, input } = endScript({ pid, start, mark: NOBODYS }, 'TERM', grace);
  const sh = spawn('sh', ['-c', line], { stdio: ['pipe', 'pipe', 'inherit'] });
  sh.stdin.end(input);
  return text(sh.stdout);
}

async function sleeper(): Promise<{ child: ChildProcess; pid: number; start: string }> {
  const child = spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  const { pid = 0 } = child;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return { child, pid, start: parseProcess(`${pid} ${stat.slice(stat.lastIndexOf(') ') + 2)}`)?.start ?? '' };
}

describe.skipIf(!hasProc)('the script that ends a process', () => {
  it('leaves a stranger alone who was given the same process id', async () => {
    const { child, pid, start } = await sleeper();
    expect(await runEnd(pid, String(Number(start) - 1))).toBe('gone\n');
    expect(child.exitCode ?? child.signalCode).toBeNull();
    const exit = once(child, 'exit');
    expect(await runEnd(pid, start)).toBe('gone\n');
    expect(await exit).toEqual([null, 'SIGTERM']);
  });

  it('leaves a process all of its grace to come to an end in', async () => {
    const program =
      "process.on('SIGTERM', () => setTimeout(() => process.exit(7), 3000)); setInterval(() => {}, 1000); console.log()";
    const child = spawn(process.execPath, ['-e', program], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
    const exit = once(child, 'exit');
    await once(child.stdout, 'data');
    expect(await runEnd(child.pid ?? 0, '', 10_000)).toBe('gone\n');
    expect(await exit).toEqual([7, null]);
  });
});
