import type { Readable, Writable } from 'node:stream';
import type { LogPipes } from './log-pipe.js';
import type { MuxFate } from './session-log.js';
import type { Workplace } from './workplace.js';

/** How the clients of one master are run. */
export interface MuxSetting {
  readonly ssh: string;
  /** The master's control socket. */
  readonly socket: string;
  readonly destination: string;
  /** The far machine's name, for messages. */
  readonly host: string;
  readonly env: NodeJS.ProcessEnv;
  readonly workplace: Workplace;
  readonly logs: LogPipes;
  /** What goes with each session (SendEnv, SetEnv, ForwardAgent), as settings of ssh_config(5). */
  readonly options: readonly string[];
}

/** An `ssh` of this machine whose standard streams are those of one channel of a master. */
export interface MuxSession {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles as soon as it is known whether the master has given a session. */
  readonly opened: Promise<boolean>;
  /** Settles when it has ended, its output has been read, and all that it said of itself. */
  readonly ended: Promise<MuxFate>;
  resize(size: { readonly columns: number; readonly rows: number }): void;
  /** Ends it: the master closes its channel. */
  kill(): void;
}

/**
 * Arguments of an `ssh` that can do nothing but go through a master. Where that has gone ssh would connect by itself: it
 * is given a way that leads nowhere, and nothing to authenticate with.
 */
export function muxArguments({ socket, options }: MuxSetting, log: string): string[] {
  const set = [
    'ControlMaster=no',
    'ProxyJump=none',
    'ProxyCommand=false',
    'BatchMode=yes',
    'LogLevel=DEBUG2',
    'EscapeChar=none',
    ...options,
  ].flatMap((one) => ['-o', one]);
  // ssh looks for tokens in the path (ssh_config(5), TOKENS).
  return ['-F', 'none', '-S', socket.replaceAll('%', '%%'), ...set, '-E', log];
}
