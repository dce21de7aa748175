import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { parseProcess } from '../../../../src/remote/process/far-process.js';
import { endScript } from '../../../../src/remote/process/kill-script.js';

const NOBODYS = 'HAWSER_RUN=nobody-has-this';
const hasProc = existsSync('/proc/self/stat');
if (!hasProc) console.warn('SKIPPED the kill script by start times: there is no /proc');

/** A grep that sees no more of a file than comes before its first NUL, as that of busybox does. */
const BLIND = `#!/usr/bin/perl
my ($how, $text, @files) = @ARGV;
my $found = 1;
for my $file (@files ? @files : '/dev/stdin') {
  open(my $in, '<', $file) or next;
  next unless grep { index((split /\\0/, $_, 2)[0] // '', $text) >= 0 } <$in>;
  $found = 0;
  print "$file\\n" unless $how =~ /q/;
}
exit $found;
`;

async function runEnd(pid: number, start: string, grace = 1000, { mark = NOBODYS, path = '' } = {}): Promise<string> {
  const { line, input } = endScript({ pid, start, mark }, 'TERM', grace);
  const { PATH = '' } = process.env;
  const env = { ...process.env, PATH: `${path}:${PATH}` };
  const sh = spawn('sh', ['-c', line], { stdio: ['pipe', 'pipe', 'inherit'], ...(path === '' ? {} : { env }) });
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

  it('ends those that bear the mark and have left for a session of their own, also with a grep that is blind behind a NUL', async () => {
    const bin = await mkdtemp(join(tmpdir(), 'hawser-blind-'));
    try {
      await writeFile(join(bin, 'grep'), BLIND, { mode: 0o755 });
      for (const path of ['', bin]) {
        const mark = `HAWSER_RUN=${randomUUID()}`;
        const [name = '', value] = mark.split('=');
        const orphan = spawn('sleep', ['1000'], {
          detached: true,
          stdio: 'ignore',
          env: { FIRST: '1', [name]: value },
        });
        await once(orphan, 'spawn');
        const over = once(orphan, 'exit');
        expect(await runEnd(4_194_303, '1', 20_000, { mark, path })).toBe('gone\n');
        expect(await over).toEqual([null, 'SIGTERM']);
      }
    } finally {
      await rm(bin, { recursive: true, force: true });
    }
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
