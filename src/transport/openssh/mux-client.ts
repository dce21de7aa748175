import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { ConnectError } from '../../core/errors.js';
import type { LogPipe, LogPipes } from './log-pipe.js';
import type { Workplace } from './workplace.js';

/** What an `ssh` that goes through a master says of its session. */
export interface MuxFate {
  /** The master has given it a session. */
  readonly opened: boolean;
  /** Its exit status; `undefined` where the far process did not end by itself, or nobody is left to tell. */
  readonly code: number | undefined;
  /** What it complained about. */
  readonly complaints: readonly string[];
}

const OPENED = /^debug1: mux_client_request_(?:session|stdio_fwd): master session id: /;
const EXITED = /^debug2: Received exit status from master /;
const NOISE = /^debug\d: /;

/** How the clients of one master are run. */
export interface MuxSetting {
  readonly ssh: string;
  readonly socket: string;
  readonly host: string;
  readonly env: NodeJS.ProcessEnv;
  readonly workplace: Workplace;
  readonly logs: LogPipes;
  /** What goes with each session (SendEnv, SetEnv, ForwardAgent). */
  readonly options: readonly string[];
}

/**
 * Arguments of an `ssh` that can do nothing but go through a master. Where that has gone ssh would connect by itself: it
 * is given a way that leads nowhere.
 */
export function muxArguments(setting: MuxSetting, log: string): string[] {
  const set = [
    'ControlMaster=no',
    'ProxyJump=none',
    'ProxyCommand=false',
    'BatchMode=yes',
    'LogLevel=DEBUG2',
    'EscapeChar=none',
    ...setting.options,
  ].flatMap((one) => ['-o', one]);
  return ['-F', 'none', '-S', setting.socket, ...set, '-E', log];
}

/** An `ssh` whose standard streams are those of one channel of a master. */
export class MuxClient {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  /** Settles as soon as it is known whether the master has given a session. */
  readonly opened: Promise<boolean>;
  /** Settles when it has ended, its output has been read, and all that it said of itself. */
  readonly ended: Promise<MuxFate>;

  private constructor(setting: MuxSetting, log: LogPipe, args: readonly string[]) {
    let open: (isOpen: boolean) => void = () => {};
    this.opened = new Promise((resolve) => {
      open = resolve;
    });
    const complaints: string[] = [];
    let exited = false;
    let isOpen = false;
    log.onLine = (line) => {
      if (OPENED.test(line)) {
        isOpen = true;
        open(true);
      } else if (EXITED.test(line)) exited = true;
      else if (!NOISE.test(line)) complaints.push(line);
    };
    this.child = spawn(setting.ssh, args, { env: setting.env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    setting.workplace.keep(this.child);
    // A program may end without reading what it was given: that is its affair and no error of ours.
    for (const stream of [this.child.stdin, this.child.stdout, this.child.stderr]) stream.on('error', () => {});
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', (cause) => {
        const message = `Cannot start ${setting.ssh}: ${cause.message}.`;
        reject(new ConnectError('session', message, { host: setting.host, cause }));
        open(false);
      });
      this.child.once('exit', async () => {
        await log.readAll();
        open(isOpen);
      });
      this.child.once('close', async (code) => {
        await log.readAll();
        setting.logs.giveBack(log);
        const hasStatus = exited || (code !== null && code !== 255);
        resolve({ opened: isOpen, code: hasStatus && code !== null ? code : undefined, complaints });
      });
    });
    this.ended.catch(() => {});
  }

  static async start(setting: MuxSetting, args: (log: string) => readonly string[]): Promise<MuxClient> {
    const log = await setting.logs.take();
    return new MuxClient(setting, log, args(log.path));
  }

  /** Ends it: the master closes its channel. */
  kill(): void {
    this.child.kill('SIGKILL');
  }
}
