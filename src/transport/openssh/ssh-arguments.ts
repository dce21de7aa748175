import { defined } from '../../core/defined.js';
import { OptionError } from '../../core/hawser-error.js';
import { expandHome } from '../../core/home.js';
import { quote } from '../../core/quote.js';
import { isKeyText } from '../../inventory/format-target.js';
import { parseTarget } from '../../inventory/parse-target.js';
import type { Algorithms, HopLike, Target } from '../../inventory/target.js';
import type { OpenSshOptions } from './ssh-options.js';

/** The variable that tells the askpass program for which hop it is run: 0 is the one nearest to us. */
export const HOP_VARIABLE = 'HAWSER_ASKPASS_HOP';

/** A way to a machine in ssh's own terms. */
export interface SshCommandLine {
  /** Arguments that describe the target and the way to it: options, without the destination. */
  readonly options: readonly string[];
  readonly destination: string;
  /** The jump hosts that the target names, the one nearest to us first. */
  readonly hops: readonly Target[];
  /** Whether a question of ssh's may be answered. */
  readonly answers: boolean;
}

/**
 * Puts a target into arguments of ssh(1). Secrets are not among them: ssh asks for them. `hopLogs` are the files where
 * the ssh of each jump host tells of its connect.
 *
 * @throws OptionError for what ssh cannot be told: the text of a key, a host key policy other than its own, an open
 *   connection as a jump host.
 */
export function sshCommandLine(
  target: Readonly<Target>,
  o: OpenSshOptions,
  hopLogs: readonly string[] = [],
): SshCommandLine {
  const hops = hopsOf(target);
  const answers = [target, ...hops].some(hasAnswers);
  const extra = Object.entries(o.sshOptions ?? {}).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const way =
    hops.length > 0
      ? ['-o', `ProxyCommand=${proxyCommand(hops, { ...o, hopLogs, answers })}`]
      : target.proxyJump !== undefined
        ? ['-o', 'ProxyJump=none', '-o', 'ProxyCommand=none']
        : proxyOption(target.proxyCommand);
  const options = [...asking(answers), ...extra, ...way, ...targetOptions(target)];
  return { options, destination: target.host, hops, answers };
}

/** The jump hosts that a target names, the one nearest to us first, each with what it takes over from the target. */
export function hopsOf(target: Readonly<Target>): readonly Target[] {
  const given = target.proxyJump;
  return (given === undefined ? [] : isList(given) ? given : [given]).map((hop) => asHop(hop, target));
}

interface HopOptions extends OpenSshOptions {
  readonly hopLogs: readonly string[];
  readonly answers: boolean;
}

/** The command that leads through hops, the last of which is the nearest to the target. */
function proxyCommand(hops: readonly Target[], o: HopOptions): string {
  const last = hops.at(-1);
  if (last === undefined) return 'none';
  const before = hops.slice(0, -1);
  const command = before.length > 0 ? proxyCommand(before, o) : last.proxyCommand;
  const log = o.hopLogs[hops.length - 1];
  const options = [
    ...asking(o.answers),
    ...['-o', 'ControlMaster=no', '-o', 'ControlPath=none'],
    ...(log === undefined ? [] : ['-o', 'LogLevel=DEBUG1', '-E', log]),
    ...proxyOption(command),
    ...targetOptions(last),
  ];
  // The ssh that runs it replaces `%h` and `%p`, and makes one percent sign of two.
  const words = ['env', `${HOP_VARIABLE}=${hops.length - 1}`, o.sshPath ?? 'ssh', ...options];
  const line = words.map((word) => quote(word).replaceAll('%', '%%')).join(' ');
  return `${line} -W '[%h]:%p' -- ${quote(last.host).replaceAll('%', '%%')}`;
}

function proxyOption(command: string | undefined): string[] {
  return command === undefined ? [] : ['-o', `ProxyCommand=${command}`];
}

/** A wrong password is not offered twice: servers count. Where nobody has an answer ssh does not ask. */
function asking(answers: boolean): string[] {
  return answers ? ['-o', 'BatchMode=no', '-o', 'NumberOfPasswordPrompts=1'] : ['-o', 'BatchMode=yes'];
}

function hasAnswers({ password, passphrase, keyboardInteractive }: Readonly<Target>): boolean {
  return password !== undefined || passphrase !== undefined || keyboardInteractive !== undefined;
}

/** What a machine's own fields come to. */
/** What says which account of which server is meant. */
export function placeOptions({ sshConfig = true, port, username }: Readonly<Target>): string[] {
  return [
    ...(sshConfig === true ? [] : ['-F', sshConfig === false ? 'none' : expandHome(sshConfig)]),
    ...(port === undefined ? [] : ['-p', String(port)]),
    ...(username === undefined ? [] : ['-l', username]),
  ];
}

function targetOptions(target: Readonly<Target>): string[] {
  const { agent, connectTimeout, keepAlive } = target;
  const set = (name: string, value: string | number): string[] => ['-o', `${name}=${value}`];
  return [
    ...placeOptions(target),
    ...keys(target).flatMap((path) => set('IdentityFile', word(path))),
    ...(agent === undefined ? [] : set('IdentityAgent', agent === false ? 'none' : word(agent))),
    ...hostKeyOptions(target),
    ...(connectTimeout === undefined ? [] : set('ConnectTimeout', seconds(connectTimeout))),
    ...(keepAlive === undefined
      ? []
      : keepAlive === false
        ? set('ServerAliveInterval', 0)
        : [
            ...set('ServerAliveInterval', seconds(keepAlive.interval)),
            ...set('ServerAliveCountMax', keepAlive.countMax),
          ]),
    ...algorithmOptions(target.algorithms ?? {}),
  ];
}

function keys({ privateKey, host }: Readonly<Target>): string[] {
  const given = privateKey === undefined ? [] : [privateKey].flat();
  return given.map((key) => {
    if (typeof key === 'string' && !isKeyText(key)) return expandHome(key);
    throw new OptionError(
      `Cannot give ssh the text of a private key for ${host}: it reads keys from files and agents. Give the path of its ` +
        'file, or add it to an agent (ssh-add).',
      { host },
    );
  });
}

function hostKeyOptions({ hostKey, knownHosts, host }: Readonly<Target>): string[] {
  const files =
    knownHosts === undefined
      ? []
      : [
          '-o',
          `UserKnownHostsFile=${
            [knownHosts]
              .flat()
              .map((file) => word(expandHome(file)))
              .join(' ') || '/dev/null'
          }`,
          '-o',
          'GlobalKnownHostsFile=/dev/null',
        ];
  switch (hostKey) {
    case undefined:
      return files;
    case 'strict':
      return ['-o', 'StrictHostKeyChecking=yes', ...files];
    case 'accept-new':
      return ['-o', 'StrictHostKeyChecking=accept-new', ...files];
    case 'insecure-accept-any':
      return ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'GlobalKnownHostsFile=/dev/null'].flatMap(
        (one) => ['-o', one],
      );
    default:
      throw new OptionError(
        `Cannot have ssh judge the host key of ${host} by fingerprints or a function: it goes by known_hosts alone. Use ` +
          "'strict' or 'accept-new', or the ssh protocol.",
        { host },
      );
  }
}

function algorithmOptions({ kex, hostKey, cipher, mac, compression }: Algorithms): string[] {
  const list = (name: string, names: readonly string[] | undefined): string[] =>
    names === undefined ? [] : ['-o', `${name}=${names.join(',')}`];
  return [
    ...list('KexAlgorithms', kex),
    ...list('HostKeyAlgorithms', hostKey),
    ...list('Ciphers', cipher),
    ...list('MACs', mac),
    ...list('Compression', compression === undefined ? undefined : [compression[0] === 'none' ? 'no' : 'yes']),
  ];
}

/** A jump host with what describes our side rather than the far one. */
function asHop(hop: HopLike, target: Readonly<Target>): Target {
  if (typeof hop === 'object' && 'dial' in hop) {
    throw new OptionError(
      `Cannot have ssh reach ${target.host} through the open connection to ${hop.host}: name the jump host, or use the ` +
        'ssh protocol.',
      { host: target.host },
    );
  }
  const own = typeof hop === 'string' ? parseTarget(hop) : hop;
  if (own.protocol !== undefined && own.protocol !== 'ssh' && own.protocol !== 'openssh') {
    throw new OptionError(
      `Cannot reach ${target.host}: the jump host ${own.host} is to be spoken to by "${own.protocol}", and only SSH leads ` +
        'on to other machines.',
      { host: target.host },
    );
  }
  const { knownHosts, sshConfig, agent, privateKey, passphrase } = target;
  const hostKey = target.hostKey === 'strict' || target.hostKey === 'accept-new' ? target.hostKey : undefined;
  const passedOn = defined({ knownHosts, sshConfig, agent, privateKey, passphrase, hostKey });
  return { ...passedOn, ...defined(own), host: own.host };
}

/** ssh counts in whole seconds. */
function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

/** A file name as one word of a setting, whose percent signs are no tokens (ssh_config(5), TOKENS). */
function word(path: string): string {
  const escaped = path.replaceAll('%', '%%').replace(/["\\]/g, '\\$&');
  return /[\s'"\\#]/.test(path) ? `"${escaped}"` : escaped;
}

function isList(hops: HopLike | readonly HopLike[]): hops is readonly HopLike[] {
  return Array.isArray(hops);
}
