import { AuthError, ConnectError, type ConnectPhase, HostKeyError, ThrottledError } from '../../core/errors.js';
import { type HawserError, OptionError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import type { ConnectFacts, SshPeer } from './connect-progress.js';

/** How many lines of ssh's are quoted where it is not known what they mean. */
const QUOTED = 3;

/** What ssh says where the machine that it is in does not reach the next. */
const NOT_REACHED = /^(?:channel \d+: open failed: |stdio forwarding failed)(.*)/;

type Judge = (said: RegExpExecArray, facts: ConnectFacts, peer: SshPeer) => HawserError;

/**
 * What ssh says when it gives up, and what that is. The first line that means anything counts: what a jump host's ssh said
 * comes before what the target's made of it.
 */
const MEANINGS: readonly (readonly [RegExp, Judge])[] = [
  [
    /Could not resolve hostname (\S+): (.*)/,
    ([, name = '', why = ''], _facts, peer) =>
      failed(
        'resolve',
        `the name ${name} does not resolve (${trimmed(why)}). Check its spelling`,
        peer,
        /temporar/i.test(why),
      ),
  ],
  [
    /connect to host (\S+) port (\d+): (.*)/,
    ([, host = '', port = '', why = ''], _facts, peer) =>
      failed('tcp', `${host}:${port}: ${trimmed(why)}. Is an SSH server running there, is the port right?`, peer, true),
  ],
  [
    /^(?:channel \d+: open failed: |stdio forwarding failed)(.*)/,
    ([, why = ''], _facts, peer) =>
      failed('tcp', `the jump host could not connect there (${trimmed(why) || 'it gave no reason'})`, peer, true),
  ],
  [
    /Connection timed out during banner exchange/,
    (_said, _facts, peer) => failed('banner', 'it accepted the connection and never said its SSH version', peer, true),
  ],
  [
    /no matching (.*) found\. Their offer: (.*)/,
    ([, kind = '', offer = ''], _facts, peer) =>
      failed(
        'kex',
        `we have no ${kind} in common; it offers ${trimmed(offer)}. Name one of them in \`algorithms\``,
        peer,
      ),
  ],
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|REVOKED HOST KEY|host key is known for|Host key verification failed/,
    (_said, facts, peer) => hostKeyError(facts, peer),
  ],
  [/Too many authentication failures|Permission denied \(/, (_said, facts, peer) => authError(facts, peer)],
  [
    /[Bb]ad configuration option|Bad (?:SSH2 )?\S+ (?:spec|names)|[Bb]ad owner or permissions|Can't open user config file|terminating, \d+ bad|(?:^|\s)line \d+: /,
    ({ input }, _facts, peer) =>
      new OptionError(`ssh refused the settings for ${peer.name}: ${visible(input)}`, { host: peer.name }),
  ],
];

/**
 * The error for a connect that failed, by what each ssh on the way said, that of the jump host nearest to us first: it is
 * about the first that did not get in, or did not reach the next.
 */
export function chainFailure(hops: readonly ConnectFacts[], target: ConnectFacts): HawserError {
  for (const [i, hop] of hops.entries()) {
    if (hop.phase !== 'session') return connectFailure(hop);
    const refused = hop.complaints.map((line) => NOT_REACHED.exec(line)).find((said) => said !== null);
    if (refused) {
      const why = trimmed(refused[1] ?? '') || 'it gave no reason';
      return failed('tcp', `${hop.peer.hop} could not connect there (${why})`, (hops[i + 1] ?? target).peer, true);
    }
  }
  return connectFailure(target);
}

/** The error for a connect of ssh's that failed, by what it said. */
export function connectFailure(facts: ConnectFacts): HawserError {
  const { peer } = facts;
  for (const line of facts.complaints) {
    for (const [pattern, judge] of MEANINGS) {
      const said = pattern.exec(line);
      if (said !== null) return judge(said, facts, peer);
    }
  }
  const turnedAway = facts.preamble.find((line) => /Exceeded MaxStartups|Not allowed at this time/i.test(line));
  if (turnedAway !== undefined) {
    return new ThrottledError(
      `${peer.name} (${peer.hop}) turns new connections away: it said "${visible(turnedAway)}". Connect to fewer hosts at ` +
        'once (connectConcurrency), or raise MaxStartups in its sshd_config.',
      { host: peer.name, hop: peer.hop },
    );
  }
  const last = facts.complaints
    .slice(-QUOTED)
    .map((line) => trimmed(line))
    .join('; ');
  const retryable = facts.phase === 'tcp' || facts.phase === 'banner' || facts.phase === 'kex';
  return failed(facts.phase, last === '' ? 'ssh ended without a word' : `ssh said: ${last}`, peer, retryable);
}

function failed(phase: ConnectPhase, why: string, peer: SshPeer, retryable = false): ConnectError {
  const { name, hop } = peer;
  const end = /[.?]$/.test(why) ? '' : '.';
  return new ConnectError(phase, `Cannot connect to ${name} (${hop}): ${why}${end}`, { host: name, hop, retryable });
}

function hostKeyError(facts: ConnectFacts, peer: SshPeer): HostKeyError {
  const { keyType = 'unknown', fingerprint = 'unknown' } = facts.hostKey ?? {};
  const all = facts.complaints.join('\n');
  const offending = /(?:Offending .*? key|Offending key for IP|Host key) in (.*):(\d+)$/m.exec(all);
  const file = offending?.[1];
  const line = offending === null ? undefined : Number(offending[2]);
  const where = file === undefined ? '' : ` (${file}:${line})`;
  const reason = /REVOKED HOST KEY/.test(all) ? 'revoked' : /HAS CHANGED/.test(all) ? 'mismatch' : 'unknown';
  const whom = `${peer.name} (${peer.hop})`;
  const shown = `${keyType} ${fingerprint}`;
  const message = {
    unknown: `Unknown host key of ${whom}: ${shown}. Check it, then add it to known_hosts, or set hostKey: 'accept-new'.`,
    mismatch:
      `The host key of ${whom} is not the one on record${where}: it showed ${shown}. Either somebody is on the path, or ` +
      'the machine was set up anew. Ask its owner, then remove the line (ssh-keygen -R).',
    revoked: `The host key of ${whom}, ${shown}, is marked as revoked${where}: do not connect to this machine.`,
  }[reason];
  return new HostKeyError(message, { reason, fingerprint, keyType, file, line }, { host: peer.name, hop: peer.hop });
}

function authError(facts: ConnectFacts, peer: SshPeer): AuthError {
  const denied = facts.complaints
    .map((line) => /(\S+@\S+): Permission denied \((.*)\)/.exec(line))
    .find((m) => m !== null);
  const offered = facts.offered.length > 0 ? facts.offered : (denied?.[2]?.split(',') ?? []);
  const tried = facts.tried.map(({ method, detail, outcome, reason }) => {
    const what = detail === '' || detail === method ? method : `${method} ${visible(detail)}`;
    return `${what}${reason === undefined ? (outcome === 'partial' ? ' (accepted, more was asked for)' : '') : ` (${visible(reason)})`}`;
  });
  // A jump host that refuses ends the connect before the target has said anything.
  const isHop = facts.byCommand && facts.hostKey === undefined;
  const whom = isHop ? `The jump host of ${peer.name}` : `${peer.name} (${peer.hop})`;
  const user = visible(isHop ? (denied?.[1] ?? 'the user') : peer.username);
  return new AuthError(
    `${whom} did not let user ${user} in: ${tried.length === 0 ? 'there was nothing to try' : `tried ${tried.join(', ')}`}.` +
      `${offered.length === 0 ? '' : ` It takes ${offered.map(visible).join(', ')}.`} Check the user name, and give a key, ` +
      'an agent or a password that it knows.',
    facts.tried,
    { host: peer.name, hop: peer.hop },
  );
}

function trimmed(text: string): string {
  return visible(text.trim()).replace(/\.$/, '');
}
