import { userInfo } from 'node:os';
import { throwIfAborted } from '../../core/abort.js';
import { pause } from '../../core/deadline.js';
import { AuthError, ConnectError, ThrottledError } from '../../core/errors.js';
import { type HawserError, OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { visible } from '../../core/visible.js';
import type { Target } from '../../inventory/target.js';
import type { TransportConnectOptions } from '../contract.js';
import { hopName } from '../hop-name.js';
import { Askpass } from './askpass.js';
import { chainFailure } from './connect-failure.js';
import { ConnectProgress, type SshPeer } from './connect-progress.js';
import type { LogPipes } from './log-pipe.js';
import { adoptMaster, type Master, startMaster } from './master.js';
import { hopsOf, placeOptions, sshCommandLine } from './ssh-arguments.js';
import type { OpenSshOptions } from './ssh-options.js';
import { askSettings, type SshSettings, sessionOptions, setting } from './ssh-settings.js';
import type { Workplace } from './workplace.js';

/** How often a server that hangs up without a word is tried; one that says that it is full is tried until time is up. */
const SILENT_TRIES = 3;
/** Waits between tries, in milliseconds: each twice the one before. */
const FIRST_WAIT = 100;
const LONGEST_WAIT = 3000;

/** What a connect comes to. */
export interface OpenedMaster {
  readonly master: Master;
  /** What its clients call the machine. */
  readonly destination: string;
  /** What goes with each session, as settings of ssh_config(5). */
  readonly options: readonly string[];
}

/** What a master is opened for. */
export interface OpenMaster {
  readonly target: Readonly<Target>;
  readonly options: OpenSshOptions;
  readonly name: string;
  readonly workplace: Workplace;
  readonly logs: LogPipes;
  /** Whether one that is open already will do. */
  readonly adopts: boolean;
}

/**
 * Finds a master that is open, where ssh_config or `sshOptions` name its socket, or starts one.
 *
 * @throws OptionError, ConnectError and its kinds, AbortError.
 */
export async function openMaster(work: OpenMaster, o: TransportConnectOptions): Promise<OpenedMaster> {
  const { target, options, name } = work;
  const ssh = options.sshPath ?? 'ssh';
  const line = sshCommandLine(target, options);
  const settings = await askSettings({
    ssh,
    args: [...line.options, '--', line.destination],
    env: process.env,
    host: name,
    signal: o.signal,
    failure: (lines) =>
      new OptionError(`ssh refused the settings for ${name}: ${visible(lines.find((said) => said !== '') ?? '')}`, {
        host: name,
      }),
  });
  const peer = peerOf(name, target, settings);
  const socket = setting(settings, 'controlpath');
  const found = work.adopts && socket !== undefined ? await adoptMaster(socket, o.signal, name) : undefined;
  if (found !== undefined) o.trace.step(peer.hop, 'ready', `by the master connection at ${found.socket}`);
  else if (options.reuseOnly === true) throw nothingToReuse(peer, target, socket, ssh);
  const master = found ?? (await startPatiently(() => startOwn(work, peer, keepAlive(target, settings), o), peer, o));
  return { master, destination: line.destination, options: sessionOptions(settings) };
}

/** Starts again after a while where the server has turned us away before it said anything, as long as there is time. */
async function startPatiently(
  start: () => Promise<Master>,
  { name, hop }: SshPeer,
  { signal, deadline, trace, background }: TransportConnectOptions,
): Promise<Master> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start();
    } catch (error) {
      const isSilent =
        error instanceof ConnectError && error.retryable && error.phase === 'banner' && tries < SILENT_TRIES;
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1)) * (0.5 + Math.random());
      if (!(isSilent || error instanceof ThrottledError) || wait >= deadline.remaining) throw error;
      trace.step(hop, 'throttled', `${error.message} Again in ${Math.round(wait)} ms.`, 'failed');
      await pause(wait, signal, { holds: background !== true });
      throwIfAborted(signal, `connecting to ${name}`, name);
    }
  }
}

async function startOwn(
  { target, options, workplace, logs, name }: OpenMaster,
  peer: SshPeer,
  more: readonly string[],
  o: TransportConnectOptions,
): Promise<Master> {
  throwIfAborted(o.signal, `connecting to ${name}`, name);
  const pipes = await Promise.all(hopsOf(target).map(() => logs.take()));
  const line = sshCommandLine(
    target,
    options,
    pipes.map(({ path }) => path),
  );
  const socket = workplace.path('m');
  // Forwardings of ssh_config are for the user's own sessions: a fleet of them would fight for the same ports.
  const own = [
    'ControlMaster=yes',
    'ControlPersist=no',
    'LogLevel=DEBUG1',
    'RemoteCommand=none',
    'ClearAllForwardings=yes',
  ];
  const args = [
    ...['-N', '-T', '-S', socket],
    ...own.flatMap((one) => ['-o', one]),
    ...line.options,
    ...more,
    ...['--', line.destination],
  ];
  const askpass = line.answers ? await Askpass.open(workplace, target, line.hops) : undefined;
  const progress = new ConnectProgress(peer, o.trace);
  const way = line.hops.map((hop) => new ConnectProgress(hopPeer(name, hop), o.trace));
  for (const [i, pipe] of pipes.entries()) pipe.onLine = (said) => way[i]?.hear(said);
  try {
    const master = await startMaster({
      ssh: options.sshPath ?? 'ssh',
      args,
      env: { ...process.env, ...askpass?.env },
      socket,
      host: name,
      signal: o.signal,
      background: o.background === true,
      workplace,
      onStart: (pid) => askpass?.expect(pid),
      onLine: (said) => progress.hear(said),
      failure: async () => {
        await Promise.all(pipes.map((pipe) => pipe.readAll()));
        return withQuestions(
          chainFailure(
            way.map(({ facts }) => facts),
            progress.facts,
          ),
          askpass?.unanswered ?? [],
        );
      },
    });
    o.trace.step(peer.hop, 'ready', '');
    return master;
  } finally {
    // Their logs stay with the ssh of the jump hosts, as long as the master does.
    askpass?.close();
  }
}

/** As for every connection of ours, where neither the target nor ssh_config says otherwise: ssh itself has none. */
function keepAlive(target: Readonly<Target>, settings: SshSettings): string[] {
  if (target.keepAlive !== undefined || (setting(settings, 'serveraliveinterval') ?? '0') !== '0') return [];
  return ['-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=3'];
}

function hopPeer(name: string, { host, port = 22, username = '' }: Target): SshPeer {
  return { name, hop: hopName({ host, port }), username: username === '' ? userInfo().username : username };
}

function peerOf(name: string, target: Readonly<Target>, settings: SshSettings): SshPeer {
  const host = setting(settings, 'hostname') ?? target.host;
  const port = Number(setting(settings, 'port') ?? 22);
  return { name, hop: hopName({ host, port }), username: setting(settings, 'user') ?? userInfo().username };
}

/** The error with what was asked in vain, which may be why. */
function withQuestions(error: HawserError, questions: readonly string[]): HawserError {
  if (questions.length === 0 || !(error instanceof AuthError)) return error;
  const { message, tried, host, hop } = error;
  return new AuthError(`${message} ${questions.join(' ')}`, tried, { host, hop });
}

function nothingToReuse(
  { name, hop }: SshPeer,
  target: Readonly<Target>,
  socket: string | undefined,
  ssh: string,
): ConnectError {
  const where =
    socket === undefined
      ? "ssh_config names no ControlPath for it: set one, or `sshOptions: { ControlPath: '…' }`"
      : `nothing answers at ${socket}`;
  const place = [...placeOptions(target), target.host];
  const command = [ssh, '-M', '-N', '-f', '-S', socket ?? '~/.ssh/control-%C', ...place].map(quote).join(' ');
  return new ConnectError(
    'session',
    `There is no master connection to ${name} to be used (reuseOnly): ${where}. Start one with: ${command}`,
    { host: name, hop },
  );
}
