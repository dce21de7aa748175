import type { ServerChannel, Session } from 'ssh2';
import { pause } from '../core/deadline.js';
import type { HostLogEntry } from './host-log.js';
import type { HostSettings } from './host-settings.js';
import type { ProcessGroups } from './process-groups.js';
import { RemoteProcess } from './remote-process.js';
import { ConfinedSftp } from './sftp/confined-sftp.js';
import { allowRequestsAfterEof } from './ssh2-server-quirks.js';
import type { TerminalRequest } from './terminal.js';

/** What a session needs of the connection that it belongs to. */
export interface SessionOptions {
  readonly settings: HostSettings;
  readonly groups: ProcessGroups;
  /** Fires when the connection has ended. */
  readonly signal: AbortSignal;
  /** Closes the connection, once what was written has left. */
  readonly drop: () => void;
  readonly log: (what: HostLogEntry['what'], detail: string) => void;
}

/** Answers the requests on one session channel (RFC 4254 §6): a command, a shell or SFTP. */
export function serveSession(session: Session, o: SessionOptions): void {
  const { settings, log } = o;
  const { faults, environment } = settings;
  const env: Record<string, string> = {};
  let terminal: TerminalRequest | undefined;
  let running: { signal?(name: string): void; channelClosed(): void } | undefined;

  allowRequestsAfterEof(session);

  session.on('env', (accept, reject, { key, val }) => {
    log('env', `${key}=${val}`);
    if (faults.refuseEnv || Object.hasOwn(environment, key)) return reject?.();
    env[key] = val;
    accept?.();
  });

  session.on('pty', (accept, reject, info) => {
    const { cols: columns, rows, term } = info;
    log('pty', `${term} ${columns}x${rows}`);
    if (faults.refusePty || !settings.terminals) return reject?.();
    terminal = { columns, rows, term };
    accept?.();
  });

  // A terminal of script(1) cannot be resized from outside: the request is taken, and nothing changes.
  session.on('window-change', (accept) => accept?.());

  session.on('signal', (accept, _reject, { name }) => {
    log('signal', name);
    if (!faults.ignoreSignals) running?.signal?.(name);
    accept?.();
  });

  const start = async (
    accept: () => ServerChannel | undefined,
    reject: (() => void) | undefined,
    refused: boolean,
    begin: (channel: ServerChannel) => NonNullable<typeof running>,
  ): Promise<void> => {
    if (refused) {
      reject?.();
      return;
    }
    if (faults.execDelay > 0) await pause(faults.execDelay, o.signal);
    if (o.signal.aborted) return;
    const channel = accept();
    // The client closed the channel while its request was under way.
    if (channel === undefined) return;
    running = begin(channel);
  };

  const run = (channel: ServerChannel, command: string | undefined): RemoteProcess =>
    new RemoteProcess(channel, {
      command,
      terminal,
      directory: settings.directory,
      env: { ...env, ...environment, ...(terminal === undefined ? {} : { TERM: terminal.term }) },
      faults,
      groups: o.groups,
      drop: o.drop,
      onExit: (how) => log('exit', how),
    });

  session.on('exec', (accept, reject, { command }) => {
    log('exec', command);
    void start(accept, reject, faults.refuseExec, (channel) => run(channel, command));
  });

  session.on('shell', (accept, reject) => {
    log('shell', '');
    void start(accept, reject, faults.refuseShell, (channel) => run(channel, undefined));
  });

  // Without a listener for ssh2's own `sftp`, the subsystem comes as raw bytes: its codec turns names into UTF-8.
  session.on('subsystem', (accept, reject, { name }) => {
    log('subsystem', name);
    const refused = faults.refuseSubsystem || name !== 'sftp';
    void start(accept, reject, refused, (channel) => new ConfinedSftp(channel, settings));
  });

  const end = (): void => running?.channelClosed();
  session.once('close', end);
  o.signal.addEventListener('abort', end, { once: true });
  session.once('close', () => o.signal.removeEventListener('abort', end));
}
