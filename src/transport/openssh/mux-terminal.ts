import type { Readable, Writable } from 'node:stream';
import { quote } from '../../core/quote.js';
import type { Pty } from '../contract.js';
import { LocalTerminal } from '../local/local-terminal.js';
import type { LogPipe } from './log-pipe.js';
import { type MuxSession, type MuxSetting, muxArguments } from './mux-session.js';
import { type MuxFate, SessionLog } from './session-log.js';
import { untilRaw } from './until-raw.js';

/**
 * A channel of a master with a terminal. The `ssh` of this side has one as well, whose size and changes of size it passes
 * on, and which it switches to raw.
 */
export class MuxTerminal implements MuxSession {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly opened: Promise<boolean>;
  readonly ended: Promise<MuxFate>;
  readonly #terminal: LocalTerminal;

  private constructor(setting: MuxSetting, pipe: LogPipe, terminal: LocalTerminal) {
    const log = new SessionLog(pipe);
    this.opened = log.opened.then(async (isOpen) => {
      if (isOpen && terminal.device !== undefined) await untilRaw(terminal.device, () => log.isOver);
      return isOpen;
    });
    this.#terminal = terminal;
    this.stdin = terminal.stdin;
    this.stdout = terminal.stdout;
    this.stderr = terminal.stderr;
    this.ended = terminal.exited.then(async (status) => {
      await log.end();
      setting.logs.giveBack(pipe);
      return log.fate('code' in status ? status.code : null);
    });
    this.ended.catch(() => {});
  }

  /** Starts one; `words` come after the options that it has in any case. Throws `ChannelError` where no terminal is to be had. */
  static async start(setting: MuxSetting, words: readonly string[], pty: Pty): Promise<MuxTerminal> {
    const pipe = await setting.logs.take();
    const line = [setting.ssh, ...muxArguments(setting, pipe.path), '-tt', ...words].map(quote).join(' ');
    const env = Object.fromEntries(Object.entries(setting.env).filter((one): one is [string, string] => !!one[1]));
    try {
      // What ssh itself would print there ("Shared connection closed") is no output of the far machine's.
      const terminal = await LocalTerminal.start('/bin/sh', `exec ${line} 2>/dev/null`, env, pty);
      return new MuxTerminal(setting, pipe, terminal);
    } catch (error) {
      setting.logs.giveBack(pipe);
      throw error;
    }
  }

  resize(size: { readonly columns: number; readonly rows: number }): void {
    this.#terminal.resize(size);
  }

  kill(): void {
    this.#terminal.close();
  }
}
