import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ChannelError, ConnectError } from '../../core/errors.js';
import { holdProcess } from '../hold-process.js';
import type { LogPipe } from './log-pipe.js';
import { type MuxSession, type MuxSetting, muxArguments } from './mux-session.js';
import { type MuxFate, SessionLog } from './session-log.js';

/** A channel of a master on the pipes of an `ssh`. */
export class MuxClient implements MuxSession {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly opened: Promise<boolean>;
  readonly ended: Promise<MuxFate>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;

  private constructor(setting: MuxSetting, pipe: LogPipe, words: readonly string[]) {
    const log = new SessionLog(pipe);
    this.opened = log.opened;
    const child = spawn(setting.ssh, [...muxArguments(setting, pipe.path), ...words], {
      env: setting.env,
      // A key for interruption, typed at our terminal, is ours to act upon.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    setting.workplace.keep(child);
    this.#child = child;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    leaveUnread(child);
    // A program may end without reading what it was given: that is its affair and no error of ours.
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on('error', () => {});
    this.ended = new Promise((resolve, reject) => {
      child.once('error', (cause) => {
        const message = `Cannot start ${setting.ssh}: ${cause.message}.`;
        reject(new ConnectError('session', message, { host: setting.host, cause }));
        void log.end();
      });
      const said = new Promise<void>((over) => child.once('exit', () => over(log.end())));
      child.once('close', async (code) => {
        await said;
        resolve(log.fate(code));
      });
    });
    const giveBack = (): void => setting.logs.giveBack(pipe);
    this.ended.then(giveBack, giveBack);
  }

  /** Starts one; `words` come after the options that it has in any case. */
  static async start(setting: MuxSetting, words: readonly string[]): Promise<MuxClient> {
    const pipe = await setting.logs.take();
    try {
      return new MuxClient(setting, pipe, words);
    } catch (cause) {
      setting.logs.giveBack(pipe);
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ChannelError(
        'request',
        `Cannot start ${setting.ssh}: ${why}. Is the command too long for a command line?`,
        {
          host: setting.host,
          cause,
        },
      );
    }
  }

  resize(): void {
    // There is no terminal on this channel whose size could change.
  }

  kill(): void {
    this.#child.kill('SIGKILL');
    // What nobody has begun to read nobody will, nor what somebody has left off reading: its end would never be heard of.
    for (const stream of [this.stdout, this.stderr]) if (stream.readableFlowing !== true) stream.resume();
  }

  /** Whether it keeps this process alive. */
  hold(holds: boolean): void {
    for (const part of [this.#child, this.stdin, this.stdout, this.stderr]) holdProcess(part, holds);
  }
}

/**
 * Node reads to the end, and throws away, what a child has left on those of its `stdio` that nobody reads when it exits. Of
 * several that have exited it may hear before it has heard of their messages: one that was done that fast would seem to have
 * said nothing. So it is shown none of its streams; that they are read is their reader's.
 */
function leaveUnread(child: ChildProcessByStdio<Writable, Readable, Readable>): void {
  Reflect.set(child, 'stdio', []);
}
