import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../../../src/connection/connection.js';
import { createConnection } from '../../../../src/connection/create-connection.js';
import { CommandError, TimeoutError } from '../../../../src/core/errors.js';
import { OptionError } from '../../../../src/core/hawser-error.js';
import { askShell, type ShellPlace } from '../../../../src/remote/batch/ask-shell.js';

let here: Connection;
let directory: string;
beforeAll(async () => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'hawser-ask-')));
  here = createConnection({ host: 'localhost', protocol: 'local' });
  await here.connect();
});
afterAll(async () => {
  await here.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The machine with noise around whatever a script says, as start-up files make it. */
const noisy = (before: string, after: string): ShellPlace => ({
  execute: (command, o) => here.execute(`${before}; (${command}); hawser_s=$?; ${after}; exit $hawser_s`, o),
});

describe('a script for the shell of a machine', () => {
  it('answers with its own output and status', async () => {
    expect(await askShell(here, 'echo out; echo err >&2; exit 3')).toEqual({
      status: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(await askShell(here, 'printf x')).toEqual({ status: 0, stdout: 'x', stderr: '' });
    expect(await askShell(here, '')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('runs where it is told to', async () => {
    expect((await askShell(here, 'pwd', { cwd: directory })).stdout).toBe(`${directory}\n`);
  });

  it('answers without what start-up files print', async () => {
    const place = noisy('echo hello; echo oops >&2; printf "no end"', 'echo bye; echo bye >&2');
    expect(await askShell(place, 'echo out; echo err >&2; exit 3')).toEqual({
      status: 3,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('may be of any length, and reads nothing', async () => {
    const word = 'x'.repeat(300_000);
    expect((await askShell(here, `cat; read a; printf %s "$a" ${word} | wc -c`)).stdout.trim()).toBe('300000');
  });

  it('gives back any text, and bytes that are no text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 50 }), async (text) => {
        const script = `cat <<'hawser-end'\n${text.replaceAll('\0', '0')}\nhawser-end\n`;
        expect((await askShell(here, script)).stdout).toBe(`${text.replaceAll('\0', '0')}\n`);
      }),
      { numRuns: 10 },
    );
    const { stdout } = await askShell(here, "printf 'a\\377\\000b'");
    expect(stdout).toBe('a\udcff\0b');
    expect((await askShell(here, `printf %s '${stdout.replace('\0', '')}'`)).stdout).toBe('a\udcffb');
  });

  it('that is no shell text, or is ended, is told by its status', async () => {
    const broken = await askShell(here, 'if then "');
    expect(broken.status).toBeGreaterThan(0);
    expect(broken.stderr).not.toBe('');
    expect((await askShell(here, 'echo a; kill -9 $$')).status).toBeNull();
  });

  it('is refused with a NUL, and before anything runs', async () => {
    await expect(askShell(here, 'echo a\0')).rejects.toThrow(OptionError);
  });

  it('is an error where no shell answers, and passes on the errors of the connection', async () => {
    const place: ShellPlace = { execute: (_command, o) => here.execute('echo "% Bad command" >&2; exit 1', o) };
    await expect(askShell(place, 'true')).rejects.toThrow(CommandError);
    await expect(askShell(place, 'true')).rejects.toThrow(/% Bad command/);
    await expect(askShell(here, 'sleep 60', { timeout: 50 })).rejects.toThrow(TimeoutError);
    await expect(askShell(here, 'true', { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});
