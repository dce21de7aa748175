import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChannelError } from '../../src/core/errors.js';
import { sh } from '../../src/core/quote.js';
import { remoteProcesses } from '../rigs/rigs.js';
import { everywhere, failure, marker, over, running } from './places.js';

const NASTY = [
  '',
  ' ',
  '*',
  '~',
  '-n',
  '--',
  "it's",
  '"quoted"',
  '$(touch /tmp/hawser-pwned)',
  '`id`',
  '$HOME',
  'a\nb',
  'trailing\n',
  'back\\slash\\\\',
  '!history !!',
  '#no comment',
  'a;b|c&d>e<f',
  'Grüße 🚀 日本語',
  '\t\r\x01\x7f',
  '{a,b}[c]?',
];

const leftBehind = ['echo trailing &', 'trailing\n'] as const;
const printf = ['printf', '%s\\0'];
const word = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ unit: 'binary' })), { maxLength: 4 })
  .map((parts) => parts.join('').replaceAll('\0', ''));

describe('a command', () => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'hawser contract '));
    // The accounts of the places are others than this process's.
    await chmod(directory, 0o755);
    await mkdir(join(directory, "d'é $x"));
  });
  afterAll(() => rm(directory, { recursive: true }));

  over(everywhere, (place) => {
    it('given as words reaches the program word by word', async () => {
      const connection = await place.shared();
      for (const o of [{}, { timeout: 60_000 }]) {
        const { stdout } = await connection.execute([...printf, ...NASTY], o);
        expect(stdout.split('\0').slice(0, -1)).toEqual(NASTY);
      }
      const { stdout } = await connection.execute(sh`printf '%s\\0' ${NASTY} ${1}`);
      expect(stdout.split('\0').slice(0, -1)).toEqual([...NASTY, '1']);
    });

    it('keeps any word, any variable and any directory as it is', async () => {
      const connection = await place.shared();
      const property = fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 5 }), word, async (words, value) => {
        const plain = await connection.execute([...printf, ...words]);
        expect(plain.stdout).toBe(words.map((w) => `${w}\0`).join(''));
        const env = { HAWSER_VALUE: value };
        const wrapped = await connection.execute(`printf %s "$HAWSER_VALUE"; ${sh`printf %s ${words[0]}`}`, { env });
        expect(wrapped.stdout).toBe(value + (words[0] ?? ''));
      });
      await fc.assert(property, { numRuns: place.name === 'local' || place.name === 'embedded' ? 25 : 8 });
    });

    it('given as text is read by the shell, however it is wrapped', async () => {
      const connection = await place.shared();
      const cases: readonly (readonly [string, string])[] = [
        ['echo a; echo b', 'a\nb\n'],
        ['echo a\necho b\n', 'a\nb\n'],
        ['# nothing but a comment\necho after # and one more', 'after\n'],
        ['echo only # a comment at the end', 'only\n'],
        ["cat <<'E'\n$x 'y' \\z\nE", "$x 'y' \\z\n"],
        ['cat <<E\none\nE\necho two', 'one\ntwo\n'],
        ['true && echo yes || echo no', 'yes\n'],
        ['for i in 1 2; do\n  echo $i\ndone', '1\n2\n'],
        ['echo background & wait', 'background\n'],
        ['f() { echo "$#"; }; f "a b" c', '2\n'],
        ['exec echo replaced', 'replaced\n'],
        ['{ echo in; }', 'in\n'],
        ['(echo sub)', 'sub\n'],
        ['echo "a!b" \'c!d\'', 'a!b c!d\n'],
      ];
      for (const o of [{}, { timeout: 60_000 }, { env: { A: '1' } }, { cwd: '/' }]) {
        const run = async ([command, stdout]: readonly [string, string]): Promise<void> => {
          const result = await connection.execute(command, o);
          expect({ command, o, stdout: result.stdout }).toEqual({ command, o, stdout });
        };
        if (place.isDropbear) for (const one of cases) await run(one);
        else await Promise.all([...cases, leftBehind].map(run));
      }
    });

    it('with an error in its syntax ends with a status and a complaint', async () => {
      const connection = await place.shared();
      for (const o of [{}, { timeout: 60_000 }]) {
        const result = await connection.execute("echo 'unclosed", o);
        expect(result.outcome).toBe('exit');
        expect(result.status).not.toBe(0);
        expect(result.stderr).not.toBe('');
      }
    });

    it('gets its variables, whatever the server accepts, and shows them in no process list', async () => {
      const connection = await place.shared();
      const mark = marker();
      const env = {
        PLAIN: 'x',
        EMPTY: '',
        h: 'short',
        l: 'names',
        LINES_OF: `a\nb'"\\n$(id)\n${mark}\n`,
        ÜMLAUT: 'no',
        LONG: 'y'.repeat(50_000),
      };
      const { ÜMLAUT: _, ...valid } = env;
      const names = Object.keys(valid);
      const print = names.map((name) => `printf '%s\\0' "$${name}"`).join('; ');
      const { stdout } = await connection.execute(print, { env: valid });
      expect(stdout.split('\0').slice(0, -1)).toEqual(Object.values(valid));

      const controller = new AbortController();
      const sleeping = marker();
      const o = { env: valid, signal: controller.signal };
      const hung = failure(connection.execute(`sh -c 'sleep 1000; : ${sleeping}'`, o));
      await running(sleeping);
      expect(await remoteProcesses(mark)).toEqual([]);
      controller.abort();
      await hung;
    });

    it('keeps the variables that were there, whatever names are set', async () => {
      const connection = await place.shared();
      const before = await connection.execute('echo "$HOME|$SHELL"');
      const after = await connection.execute('echo "$HOME|$SHELL"', { env: { IFS: 'x', CDPATH: '/' }, cwd: '/tmp' });
      expect(after.stdout).toBe(before.stdout);
      const shell = await connection.execute('echo "$SHELL"', { env: { SHELL: '/nonexistent' } });
      expect(shell.stdout).toBe('/nonexistent\n');
    });

    it('makes its directory where that is asked for, whatever it is called, and only where it is missing', async () => {
      const connection = await place.shared();
      const top = `~/${marker()}`;
      // A byte that is no UTF-8 is a lone surrogate in a name, as in the names that `fs` gives.
      const name = "d'é\n$x\\ \uDCE9!";
      for (const cwd of [`${top}/a/${name}`, `${top}/plain`]) {
        const made = await connection.execute('pwd; ls -ld .', { cwd, makeCwd: 0o700, encoding: 'latin1' });
        expect(made).toMatchObject({ stderr: '', status: 0 });
        expect(made.stdout).toContain('drwx------');
        const again = await connection.spawn('pwd', { cwd, makeCwd: true, encoding: 'latin1' }).wait();
        expect(made.stdout).toContain(again.stdout);
      }
      const [byte] = (await connection.fs.readdir(`${top}/a`, 'buffer')).map((found) => found.toString('latin1'));
      expect(byte).toBe("d'Ã©\n$x\\ \xe9!");

      await connection.fs.writeFile(`${top}/file`, '');
      for (const cwd of [`${top}/file`, `${top}/file/below`, '/proc/none']) {
        const error = await failure(connection.execute('echo ran', { cwd, makeCwd: true }));
        expect(error).toMatchObject({ reason: 'cwd', message: expect.stringContaining('neither entered nor made') });
      }
      await connection.fs.rm(top, { recursive: true });
    });

    it('runs in its directory, whatever that is called', async () => {
      const connection = await place.shared();
      const { stdout: home } = await connection.execute('cd; pwd -P');
      const folder = `hawser ${marker()} 'x`;
      await connection.execute(sh`mkdir -p -- ${folder} ./-`, { cwd: '~' });
      const physical = home.trim();
      const cases = [
        [directory, directory],
        [`${directory}/d'é $x`, `${directory}/d'é $x`],
        ['~', physical],
        [`~/${folder}`, `${physical}/${folder}`],
        ['/', '/'],
      ] as const;
      for (const [cwd, expected] of cases) {
        expect((await connection.execute('pwd -P', { cwd })).stdout).toBe(`${expected}\n`);
      }
      await connection.execute(sh`rmdir -- ${folder} ./-`, { cwd: '~' });
    });

    it('does not run where its directory cannot be entered', async () => {
      const connection = await place.shared();
      for (const cwd of ['/nonexistent dir', '/etc/passwd', '~nobody']) {
        const error = await failure(connection.execute('echo ran', { cwd }));
        expect(error).toBeInstanceOf(ChannelError);
        expect(error).toMatchObject({ reason: 'cwd' });
        expect(error.message).toContain(cwd);
      }
      const spawned = await failure(connection.spawn('echo ran', { cwd: '/nonexistent' }).wait());
      expect(spawned).toMatchObject({ reason: 'cwd' });
    });

    it('of 60 KB is run', async () => {
      const connection = await place.shared();
      const text = "it's ".repeat(12_000);
      for (const o of [{}, { timeout: 60_000 }]) {
        expect((await connection.execute(['printf', '%s', text], o)).stdout).toBe(text);
      }
    });
  });
});
