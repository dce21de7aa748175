// What has only a prompt: routers, switches, consoles. Modes, configuration, questions, pages, and what to do by hand.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { CliConnection, CommandError, DialogError, type Platform, Testbed, TimeoutError } from 'hawser';
import { testbedFile } from './lab.js';

await using testbed = await Testbed.load(testbedFile);
await using router = testbed.device<{ default: CliConnection; other: CliConnection }>('router');
await using server = testbed.device<{ default: CliConnection; console: CliConnection; own: CliConnection }>('server');

// The login is part of the connect. The answer of a command is its text alone: no echo, no prompt, no pages.
const line = await router.connect({ via: 'console', transcript: 'dialog.txt' });
{
  console.log(line.platform?.name, line.hostname, line.mode);
  const { stdout, status, ok } = await line.execute('show version');
  console.log(stdout.split('\n')[0]);
  assert.deepEqual({ status, ok }, { status: null, ok: true }); // a router tells no status, and none is made up
}

// A command that is refused is a result that is not ok. With `check` it is an error.
{
  const refused = await line.execute('show nonsense');
  console.log(refused.ok, refused.stdout.trim());
  await assert.rejects(line.execute('show nonsense', { check: true }), CommandError);
}

// The privileged mode, with the device's credential `enable`; one command in a mode; lines of configuration.
{
  await line.enable();
  assert.equal(line.mode, 'enable');
  await line.configure(['interface eth0', 'description uplink']);
  assert.equal(line.mode, 'enable'); // back where it was
  const { stdout } = await line.execute('show running-config');
  assert.match(stdout, /description uplink/);

  // The first line that is refused ends it, and those after it are not typed.
  const wrong = await line.configure(['interface eth0', 'bandwidth lots', 'description never']).catch((error) => error);
  assert.ok(wrong instanceof CommandError);
  console.log(wrong.message);
  assert.doesNotMatch((await line.execute('show running-config')).stdout, /never/);
}

// A shell behind telnet is a command line, too. It tells each command's status.
const shell = await server.connect({ via: 'console', alias: 'console' });
assert.equal((await shell.execute('exit 3 | false; (exit 3)')).status, 3);

// Questions are answered by statements, which hold for the one command that they are given to.
{
  const { stdout } = await shell.execute(`printf 'Erase it? [y/N] '; read a; printf 'Name: '; read b; echo "$a $b"`, {
    statements: [
      { pattern: /\[y\/N\] $/, answer: 'y' },
      { pattern: 'Name: ', answer: async () => 'disk0' },
    ],
  });
  console.log(stdout.trim());
  assert.match(stdout, /y disk0$/m);
}

// A time limit ends the wait, and the command line is found again: the next answer is the next command's own.
await assert.rejects(shell.execute('sleep 60', { timeout: 300 }), TimeoutError);
assert.equal((await shell.execute('echo next')).stdout, 'next\n');

// By hand: what is typed, and what is waited for.
{
  await shell.sendLine('cat');
  await shell.sendLine('a line for cat');
  const { match } = await shell.expect(/a line (for \w+)/, { timeout: 5000 });
  assert.equal(match[1], 'for cat');
  await shell.send('\x04'); // the end of its input
  assert.equal((await shell.execute('echo done')).stdout, 'done\n');
}

// A wrong password of the privileged mode is refused once, and not tried again.
{
  await router.connect({ alias: 'other', credentials: { enable: { password: 'wrong' } } });
  const refused = await router.other.enable().catch((error: unknown) => error);
  assert.ok(refused instanceof DialogError && refused.reason === 'login');
  console.log(refused.message);
}

// A platform of your own is data. This one is a calculator, over a shell by SSH.
{
  const calculator: Platform = {
    name: 'calculator',
    modes: { shell: { prompt: /^\$ $/ }, sums: { prompt: /^sum> $/ } },
    steps: [
      { from: 'shell', to: 'sums', command: `while printf 'sum> '; read x && [ "$x" != q ]; do echo $(($x)); done` },
      { from: 'sums', to: 'shell', command: 'q' },
    ],
    privileged: 'sums',
  };
  await server.connect({ cls: CliConnection, via: 'mgmt', alias: 'own', platform: calculator });
  assert.equal((await server.own.execute('6 * 7', { mode: 'sums' })).stdout, '42\n');
  assert.equal((await server.own.execute('1 << 4')).stdout, '16\n'); // it stays in the mode that it was brought to
}

// The dialog was written down, without its passwords.
await router.destroyAll();
const dialog = await readFile('dialog.txt', 'utf8');
assert.match(dialog, /show version/);
assert.doesNotMatch(dialog, /vty-password|enable-password/);
