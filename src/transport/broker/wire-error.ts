import {
  AbortError,
  type AuthAttempt,
  AuthError,
  ChannelError,
  type ChannelErrorReason,
  ClosedError,
  ConnectError,
  type ConnectPhase,
  DisconnectedError,
  HostKeyError,
  PoolTimeoutError,
  ThrottledError,
  TimeoutError,
} from '../../core/errors.js';
import { HawserError, type HawserErrorOptions, OptionError } from '../../core/hawser-error.js';
import { asRecord } from './lines.js';

/** An error as it travels: what {@link HawserError.toJSON} tells, and its causes. It holds no secret: messages never do. */
export interface WireError {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly host?: string;
  readonly key?: string;
  readonly retryable: boolean;
  readonly about: Readonly<Record<string, unknown>>;
  readonly cause?: WireError;
}

/** As many causes as anybody reads. */
const MOST_CAUSES = 4;

/** What becomes of an error that a client is to hear of. Results that it holds stay behind: the client has its own. */
export function encodeError(error: unknown, causes: number = MOST_CAUSES): WireError {
  const said = error instanceof Error ? error : new Error(String(error));
  const cause = causes > 0 && said.cause instanceof Error ? { cause: encodeError(said.cause, causes - 1) } : {};
  if (!(said instanceof HawserError)) {
    const code: unknown = Reflect.get(said, 'code');
    const { name, message } = said;
    return { name, message, code: typeof code === 'string' ? code : '', retryable: false, about: {}, ...cause };
  }
  const { name, code, message, host, key, retryable, cause: _, ...about } = said.toJSON();
  return {
    name: String(name),
    code: String(code),
    message: String(message),
    retryable: retryable === true,
    ...(typeof host === 'string' ? { host } : {}),
    ...(typeof key === 'string' ? { key } : {}),
    about: said instanceof ChannelError ? { ...about, reason: said.reason } : knownTypes(said, about),
    ...cause,
  };
}

/** What is left out of an error's JSON. */
function knownTypes(error: HawserError, about: Record<string, unknown>): Record<string, unknown> {
  return error instanceof HostKeyError ? { ...about, knownTypes: error.knownTypes } : about;
}

/** The error of a broker, of the class that it was there, as far as that is known here. */
export function decodeError(value: unknown): HawserError {
  const wire = asRecord(value);
  const message = text(wire['message']) ?? 'The session broker did not say what went wrong.';
  const options: HawserErrorOptions = {
    host: text(wire['host']),
    key: text(wire['key']),
    retryable: wire['retryable'] === true,
    cause: decodeCause(wire['cause']),
  };
  const about = asRecord(wire['about']);
  const make = CLASSES.get(text(wire['name']) ?? '');
  return (
    make?.(message, about, options) ?? new HawserError(text(wire['code']) || 'ERR_HAWSER_CHANNEL', message, options)
  );
}

type Make = (message: string, about: Record<string, unknown>, options: HawserErrorOptions) => HawserError;

const CLASSES: ReadonlyMap<string, Make> = new Map<string, Make>([
  ['OptionError', (message, _, o) => new OptionError(message, o)],
  ['ConnectError', (message, about, o) => new ConnectError(phaseOf(about), message, withHop(about, o))],
  ['ThrottledError', (message, about, o) => new ThrottledError(message, withHop(about, o))],
  ['HostKeyError', (message, about, o) => new HostKeyError(message, hostKeyOf(about), withHop(about, o))],
  ['AuthError', (message, about, o) => new AuthError(message, triedOf(about['tried']), withHop(about, o))],
  ['DisconnectedError', (message, _, o) => new DisconnectedError(message, o)],
  ['ClosedError', (message, _, o) => new ClosedError(message, o)],
  ['AbortError', (message, _, o) => new AbortError(message, o)],
  ['ChannelError', (message, about, o) => new ChannelError(reasonOf(about), message, o)],
  [
    'PoolTimeoutError',
    (message, { ms }, o) => new PoolTimeoutError(message, { ...o, ms: typeof ms === 'number' ? ms : 0 }),
  ],
  [
    'TimeoutError',
    (message, { phase, ms }, o) =>
      new TimeoutError(message, { ...o, phase: text(phase) ?? '', ms: typeof ms === 'number' ? ms : 0 }),
  ],
]);

const PHASES: readonly ConnectPhase[] = ['resolve', 'tcp', 'banner', 'kex', 'hostkey', 'auth', 'session'];
const REASONS: readonly ChannelErrorReason[] = ['refused', 'request', 'unsupported', 'cwd', 'sudo'];

function phaseOf({ phase }: Record<string, unknown>): ConnectPhase {
  return PHASES.find((known) => known === phase) ?? 'session';
}

function reasonOf({ reason }: Record<string, unknown>): ChannelErrorReason {
  return REASONS.find((known) => known === reason) ?? 'refused';
}

function withHop({ hop }: Record<string, unknown>, options: HawserErrorOptions): HawserErrorOptions & { hop?: string } {
  return typeof hop === 'string' ? { ...options, hop } : options;
}

function hostKeyOf(about: Record<string, unknown>): ConstructorParameters<typeof HostKeyError>[1] {
  const { reason, line, knownTypes: types } = about;
  return {
    reason: reason === 'mismatch' || reason === 'revoked' ? reason : 'unknown',
    fingerprint: text(about['fingerprint']) ?? '',
    keyType: text(about['keyType']) ?? '',
    file: text(about['file']),
    line: typeof line === 'number' ? line : undefined,
    knownTypes: Array.isArray(types) ? types.filter((type) => typeof type === 'string') : [],
  };
}

const METHODS: readonly AuthAttempt['method'][] = ['agent', 'publickey', 'keyboard-interactive', 'password', 'none'];
const OUTCOMES: readonly AuthAttempt['outcome'][] = ['accepted', 'partial', 'refused', 'skipped'];

function triedOf(value: unknown): AuthAttempt[] {
  return (Array.isArray(value) ? value : []).map((item: unknown) => {
    const { method, detail, outcome, reason } = asRecord(item);
    return {
      method: METHODS.find((known) => known === method) ?? 'none',
      detail: text(detail) ?? '',
      outcome: OUTCOMES.find((known) => known === outcome) ?? 'skipped',
      ...(typeof reason === 'string' ? { reason } : {}),
    };
  });
}

function decodeCause(value: unknown): Error | undefined {
  if (value === undefined) return undefined;
  const { name, message, code } = asRecord(value);
  if (typeof code === 'string' && (code.startsWith('ERR_HAWSER_') || CLASSES.has(text(name) ?? ''))) {
    return decodeError(value);
  }
  const cause = new Error(text(message) ?? '');
  return typeof code === 'string' && code !== '' ? Object.assign(cause, { code }) : cause;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
