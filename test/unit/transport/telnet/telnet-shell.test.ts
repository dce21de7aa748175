import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TelnetShell } from '../../../../src/transport/telnet/telnet-shell.js';

const IAC = 255;
const DO = 253;
const WILL = 251;

/** A link whose far side takes what is sent when the test says so. */
class HeldLink extends Duplex {
  sent: Buffer = Buffer.of();
  #take: (() => void)[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.sent = Buffer.concat([this.sent, chunk]);
    this.#take.push(done);
  }

  /** The far side takes all that is sent, from now on. */
  release(): void {
    this._write = (chunk, _encoding, done) => {
      this.sent = Buffer.concat([this.sent, chunk]);
      done();
    };
    for (const take of this.#take.splice(0)) take();
  }
}

describe('a telnet shell', () => {
  it('reads a far side no further that asks without end and takes no answer, until it does', async () => {
    const link = new HeldLink();
    const shell = new TelnetShell(link, undefined, () => {});
    const storm = Buffer.from(Array.from({ length: 3000 }, (_, at) => [IAC, DO, at % 200]).flat());
    let asked = 0;
    while (!link.isPaused()) {
      link.push(storm);
      asked += 1;
      await setImmediate();
      expect(asked).toBeLessThan(10);
    }
    link.push(Buffer.from('text'));
    await setImmediate();
    expect(shell.stdout.readableLength).toBe(0);
    link.release();
    await setImmediate();
    expect(link.isPaused()).toBe(false);
    expect(String(shell.stdout.read())).toBe('text');
    expect(link.sent.length).toBeLessThanOrEqual(asked * storm.length);
    shell.close();
  });

  it('answers all that came in one piece in one write', async () => {
    const link = new HeldLink();
    const shell = new TelnetShell(link, { columns: 80, rows: 24, term: 'vt100' }, () => {});
    link.push(Buffer.from([IAC, DO, 24, IAC, DO, 31, IAC, DO, 99]));
    await setImmediate();
    expect(link.sent).toHaveLength(3 + 3 + 9 + 3);
    shell.close();
  });

  it('has said what it agrees to before text is written by it', async () => {
    const link = new HeldLink();
    link.release();
    const shell = new TelnetShell(link, undefined, () => {});
    shell.stdout.once('data', () => shell.stdin.write('name\r'));
    link.push(Buffer.from([IAC, DO, 0, ...Buffer.from('login: ')]));
    await setImmediate();
    expect(link.sent).toEqual(Buffer.from([IAC, WILL, 0, ...Buffer.from('name\r')]));
    shell.close();
  });

  it('goes on with the protocol where nobody wants the text any more', async () => {
    const link = new HeldLink();
    const shell = new TelnetShell(link, undefined, () => {});
    shell.stdout.destroy();
    link.push(Buffer.alloc(1024 * 1024, 'x'));
    link.push(Buffer.from([IAC, DO, 3]));
    await setImmediate();
    expect(link.sent).toHaveLength(3);
    expect(link.isPaused()).toBe(false);
    shell.close();
  });

  it('ends without a status where the far side hangs up, also on a reader who is late', async () => {
    const link = new HeldLink();
    const shell = new TelnetShell(link, undefined, () => {});
    link.push(Buffer.from('bye'));
    link.push(null);
    let over = false;
    void shell.exited.then(() => {
      over = true;
    });
    await setImmediate();
    await setImmediate();
    expect(over).toBe(false);
    expect(String(shell.stdout.read())).toBe('bye');
    shell.stdout.resume();
    expect(await shell.exited).toEqual({ missing: true });
  });
});
