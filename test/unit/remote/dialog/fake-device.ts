import { PassThrough, Readable, Writable } from 'node:stream';
import { neverAborted } from '../../../../src/core/abort.js';
import type { DialogError } from '../../../../src/core/errors.js';
import type { HawserError } from '../../../../src/core/hawser-error.js';
import type { Platform } from '../../../../src/inventory/platform/platform.js';
import { CommandLine } from '../../../../src/remote/dialog/command-line.js';
import { builtInPlatforms } from '../../../../src/remote/dialog/detect.js';
import type { Credentials } from '../../../../src/remote/dialog/secrets.js';
import { TextChannel } from '../../../../src/remote/dialog/text-channel.js';
import type { ExecChannel, ExitStatus } from '../../../../src/transport/contract.js';

/** What a fake device does when a line is typed; it writes by {@link FakeDevice.say}. */
export type Reaction = (line: string, device: FakeDevice) => void | Promise<void>;

/** A device that is a script: it hears lines, echoes them as a device does, and says what the script says. */
export class FakeDevice implements ExecChannel {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ExitStatus>;
  /** Every line that was typed. */
  readonly heard: string[] = [];
  /** Whether what is typed is echoed: not while a password is asked for. */
  echoes = true;
  readonly #react: Reaction;
  #typed = '';
  #isOver = false;
  #settle: (outcome: ExitStatus | HawserError) => void = () => {};

  constructor(greeting: string, react: Reaction) {
    this.#react = react;
    this.stdout = new Readable({ read: () => {} });
    this.stderr = new PassThrough().end();
    this.exited = new Promise((resolve, reject) => {
      this.#settle = (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
    });
    this.stdin = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        for (const key of chunk.toString()) this.#press(key);
        done();
      },
    });
    this.say(greeting);
  }

  /** Writes text as it is: `\n` as `\r\n`. */
  say(text: string): void {
    if (this.#isOver) return;
    this.stdout.push(text.replace(/\r?\n/g, '\r\n'));
  }

  /** Ends the session, as a device that reboots. */
  hangUp(): void {
    if (!this.#isOver) this.stdout.push(null);
    this.#isOver = true;
    this.#settle({ missing: true });
  }

  signal(): void {}
  resize(): void {}
  close(): void {
    this.hangUp();
  }

  #press(key: string): void {
    if (key !== '\r' && key !== '\u0003') {
      this.#typed += key;
      if (this.echoes) this.say(key);
      return;
    }
    const line = key === '\r' ? this.#typed : '^C';
    this.#typed = '';
    this.heard.push(line);
    this.say('\n');
    void this.#react(line, this);
  }
}

/** Opens the command line of a fake device. */
export async function openFake(
  device: FakeDevice,
  o: { platform?: Platform; credentials?: Partial<Credentials>; giveUp?(reason: DialogError): void } = {},
): Promise<CommandLine> {
  const { platform, credentials, giveUp = () => {} } = o;
  return CommandLine.open(new TextChannel(device, 'r1'), {
    credentials: { username: 'admin', password: 'login-pw', enable: 'enable-pw', ...credentials },
    platform,
    known: builtInPlatforms,
    signal: neverAborted,
    giveUp,
  });
}

/** Runs one command and gives its text. */
export async function run(line: CommandLine, command: string, signal: AbortSignal = neverAborted): Promise<string> {
  let text = '';
  const output = (piece: string): void => {
    text += piece;
  };
  await line.exchange(command, { signal, output });
  return text;
}
