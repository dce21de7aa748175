import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDetached } from '../../../../src/transport/local/start-detached.js';
import { waitUntil } from '../../../rigs/wait-until.js';

let directory: string;
const env = { ONLY: 'this' };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hawser-detached-'));
});

afterAll(() => rm(directory, { recursive: true }));

/** A program that writes its own number to a file and says it, and then does `more`. */
async function program(more: string): Promise<{ readonly file: string; readonly mark: string }> {
  const name = join(directory, Math.random().toString(36).slice(2));
  const file = `${name}.mjs`;
  await writeFile(
    file,
    `import { closeSync, writeFileSync, writeSync } from 'node:fs';
    const [, , ...args] = process.argv;
    writeSync(3, JSON.stringify({ pid: process.pid, args, env: process.env }));
    writeFileSync(${JSON.stringify(name)}, String(process.pid));
    ${more}`,
  );
  return { file, mark: name };
}

const READY = 'closeSync(3); setInterval(() => {}, 1000);';

async function pidIn(mark: string): Promise<number> {
  let text = '';
  await waitUntil('the process to run', async () => {
    text = await readFile(mark, 'utf8').catch(() => '');
    return text !== '';
  });
  return Number(text);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a background process', () => {
  it('says that it is ready, and has what it was given and nothing else', async () => {
    const { file } = await program(READY);
    const { pid, ...rest } = JSON.parse(await startDetached(file, ['a', 'b c'], { env, timeout: 30_000 }));
    process.kill(pid);
    expect(rest).toEqual({ args: ['a', 'b c'], env });
  });

  it.skipIf(process.platform !== 'linux')('leads a session without a terminal, in /, with no open file', async () => {
    const { file } = await program(READY);
    const { pid } = JSON.parse(await startDetached(file, [], { env, timeout: 30_000 }));
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      const [, , group, session, terminal] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      expect({ group, session, terminal }).toEqual({ group: String(pid), session: String(pid), terminal: '0' });
      expect(await readlink(`/proc/${pid}/cwd`)).toBe('/');
      const names = (await readdir(`/proc/${pid}/fd`)).map(Number).sort((a, b) => a - b);
      const open = await Promise.all(names.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
      expect(open.slice(0, 3)).toEqual(['/dev/null', '/dev/null', '/dev/null']);
      expect(open.filter((one) => one.startsWith('/') && one !== '/dev/null')).toEqual([]);
    } finally {
      process.kill(pid);
    }
  });

  it('that ends without a word has said nothing', async () => {
    const file = join(directory, 'mute.mjs');
    await writeFile(file, 'process.exit(3);');
    expect(await startDetached(file, [], { env, timeout: 30_000 })).toBe('');
  });

  it('that is not ready in time is ended', async () => {
    const { file, mark } = await program('setInterval(() => {}, 1000);');
    const started = startDetached(file, [], { env, timeout: 2000 });
    const pid = await pidIn(mark);
    await expect(started).rejects.toThrow('A background process was not ready within 2000 ms, and was ended.');
    await waitUntil('it to end', () => !isAlive(pid));
  });

  it('goes on when nobody waits for it any more: somebody else may', async () => {
    const { file, mark } = await program('setInterval(() => {}, 1000);');
    const stop = new AbortController();
    const started = startDetached(file, [], { env, timeout: 30_000, signal: stop.signal });
    const pid = await pidIn(mark);
    stop.abort();
    await expect(started).rejects.toMatchObject({ name: 'AbortError' });
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
  });
});
