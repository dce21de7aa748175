import type { ConnectTrace } from '../../core/diagnostics.js';
import type { AuthAttempt, ConnectPhase } from '../../core/errors.js';

/** The machine that is connected to. */
export interface SshPeer {
  /** As the user named it. */
  readonly name: string;
  /** `host:port`, as ssh resolved it. */
  readonly hop: string;
  readonly username: string;
}

/** What is known of a connect that failed. */
export interface ConnectFacts {
  readonly peer: SshPeer;
  /** What it was at. */
  readonly phase: ConnectPhase;
  /** Whether the way led through a command, such as the ssh of a jump host. */
  readonly byCommand: boolean;
  /** What the server said before its version. */
  readonly preamble: readonly string[];
  readonly hostKey: { readonly keyType: string; readonly fingerprint: string } | undefined;
  readonly tried: readonly AuthAttempt[];
  /** The methods that the server takes. */
  readonly offered: readonly string[];
  /** What ssh, and what it started, said that was not for debugging. */
  readonly complaints: readonly string[];
}

/** How much of what was complained about is kept. */
const KEPT = 50;

/**
 * Follows a connect of ssh's by what it says at `LogLevel DEBUG1`: where it is, and what a failure has to tell. The words
 * are those of OpenSSH 8.4 and later; those that it does not know leave the place as it is.
 */
export class ConnectProgress {
  readonly #peer: SshPeer;
  readonly #trace: ConnectTrace;
  readonly #preamble: string[] = [];
  readonly #tried: AuthAttempt[] = [];
  readonly #complaints: string[] = [];
  #phase: ConnectPhase = 'resolve';
  #address = '';
  #byCommand = false;
  #hostKey: ConnectFacts['hostKey'];
  #kex: string[] = [];
  #offered: readonly string[] = [];

  constructor(peer: SshPeer, trace: ConnectTrace) {
    this.#peer = peer;
    this.#trace = trace;
    trace.enter({ hop: peer.hop, phase: 'resolve' });
  }

  get facts(): ConnectFacts {
    return {
      peer: this.#peer,
      phase: this.#phase,
      byCommand: this.#byCommand,
      preamble: this.#preamble,
      hostKey: this.#hostKey,
      tried: this.#tried,
      offered: this.#offered,
      complaints: this.#complaints,
    };
  }

  hear(line: string): void {
    const said = /^debug\d: (.*)$/.exec(line)?.[1];
    for (const [pattern, act] of said === undefined ? SPOKEN : DEBUGGED) {
      const match = pattern.exec(said ?? line);
      if (match === null) continue;
      act(this, match);
      return;
    }
    if (said === undefined && line.trim() !== '') this.#complain(line);
  }

  /** A step ended well, and the next begins. */
  passed(phase: ConnectPhase, detail: string, next: ConnectPhase): void {
    if (this.#phase !== phase) return;
    this.#trace.step(this.#peer.hop, phase, detail);
    this.#phase = next;
    this.#trace.enter({ hop: this.#peer.hop, phase: next });
  }

  connecting(address: string): void {
    this.#address = address;
    this.passed('resolve', address, 'tcp');
  }

  connected(): void {
    this.passed('tcp', this.#address, 'banner');
  }

  runsCommand(): void {
    this.#byCommand = true;
    this.passed('resolve', '', 'tcp');
    this.passed('tcp', 'through a command', 'banner');
  }

  saidFirst(line: string): void {
    this.#preamble.push(line);
  }

  agreed(algorithm: string): void {
    this.#kex.push(algorithm);
  }

  showed(keyType: string, fingerprint: string): void {
    this.#hostKey = { keyType, fingerprint };
    this.passed('kex', this.#kex.join(', '), 'hostkey');
  }

  trusted(): void {
    const { keyType, fingerprint } = this.#hostKey ?? { keyType: '', fingerprint: '' };
    this.passed('hostkey', `${keyType} ${fingerprint}`, 'auth');
  }

  tries(attempt: AuthAttempt): void {
    this.#tried.push(attempt);
  }

  /** Something more is known of the last attempt. */
  retell(change: Partial<AuthAttempt>): void {
    const last = this.#tried.pop();
    if (last !== undefined) this.#tried.push({ ...last, ...change });
  }

  offers(methods: readonly string[]): void {
    this.trusted();
    this.#offered = methods;
  }

  authenticated(method: string): void {
    this.retell({ outcome: 'accepted' });
    this.passed('auth', method, 'session');
  }

  #complain(line: string): void {
    this.#complaints.push(line);
    if (this.#complaints.length > KEPT) this.#complaints.shift();
  }
}

type Rule = readonly [RegExp, (progress: ConnectProgress, match: RegExpExecArray) => void];

const METHODS: ReadonlyMap<string, AuthAttempt['method']> = new Map([
  ['password', 'password'],
  ['keyboard-interactive', 'keyboard-interactive'],
]);

/** What ssh says for debugging. */
const DEBUGGED: readonly Rule[] = [
  [/^Connecting to \S+ \[(.*)\] port \d+\.$/, (p, [, address = '']) => p.connecting(address)],
  [/^Executing proxy command: /, (p) => p.runsCommand()],
  [/^Connection established\.$/, (p) => p.connected()],
  [/^kex_exchange_identification: banner line \d+: (.*)$/, (p, [, line = '']) => p.saidFirst(line)],
  [
    /^Remote protocol version \S+, remote software version (.*)$/,
    (p, [, version = '']) => p.passed('banner', version, 'kex'),
  ],
  [/^kex: algorithm: (\S+)/, (p, [, name = '']) => p.agreed(name)],
  [/^kex: server->client cipher: (\S+)/, (p, [, name = '']) => p.agreed(name)],
  [/^Server host (?:key|certificate): (\S+) (SHA256:[^\s,]+)/, (p, [, type = '', print = '']) => p.showed(type, print)],
  [/^SSH2_MSG_NEWKEYS received$/, (p) => p.trusted()],
  [/^Authentications that can continue: (.*)$/, (p, [, methods = '']) => p.offers(methods.split(','))],
  [
    /^Next authentication method: (.*)$/,
    (p, [, name = '']) => {
      if (name !== 'publickey') p.tries({ method: METHODS.get(name) ?? 'none', detail: name, outcome: 'refused' });
    },
  ],
  [
    /^Offering public key: (.*) \S+ SHA256:\S+(.*)$/,
    (p, [, detail = '', from = '']) =>
      p.tries({ method: / agent\b/.test(from) ? 'agent' : 'publickey', detail, outcome: 'refused' }),
  ],
];

/** What ssh says to its user. */
const SPOKEN: readonly Rule[] = [
  [/^Authenticated using "[^"]*" with partial success\.$/, (p) => p.retell({ outcome: 'partial' })],
  [/^Authenticated to .* using "(.*)"\.$/, (p, [, method = '']) => p.authenticated(method)],
  [
    /^(?:Warning: Identity file|no such identity:) (.*?)(?: not accessible)?: No such file or directory\.?$/,
    (p, [, detail = '']) => p.tries({ method: 'publickey', detail, outcome: 'skipped', reason: 'no such file' }),
  ],
  [
    /^Load key "(.*)": (.*)$/,
    (p, [, detail = '', reason = '']) => p.tries({ method: 'publickey', detail, outcome: 'skipped', reason }),
  ],
  [/^sign_and_send_pubkey: signing failed for .*: (.*)$/, (p, [, reason = '']) => p.retell({ reason })],
  [/^Permission denied, please try again\.$/, () => {}],
];
