import type { CommandResult } from './command-result.js';
import { HawserError, type HawserErrorOptions } from './hawser-error.js';
import type { TransferSummary } from './transfer-summary.js';

/** A result of either encoding: errors carry what the command had produced so far. */
export type AnyCommandResult = CommandResult<string> | CommandResult<Buffer>;

/** The step of a connect that failed, in the order in which they happen. */
export type ConnectPhase = 'resolve' | 'tcp' | 'banner' | 'kex' | 'hostkey' | 'auth' | 'session';

/** Options of {@link ConnectError} and its kinds. */
export interface ConnectErrorOptions extends HawserErrorOptions {
  /** The hop that failed, as `host:port`; the target itself or one of its jump hosts. */
  readonly hop?: string | undefined;
}

/** A connection could not be made. `phase` says at which step, `hop` at which machine of a ProxyJump chain. */
export class ConnectError extends HawserError {
  readonly phase: ConnectPhase;
  readonly hop: string | undefined;

  constructor(phase: ConnectPhase, message: string, options: ConnectErrorOptions = {}, code = 'ERR_HAWSER_CONNECT') {
    super(code, message, options);
    this.phase = phase;
    this.hop = options.hop;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), phase: this.phase, ...(this.hop === undefined ? {} : { hop: this.hop }) };
  }
}

/** The server's host key is not one that may be trusted. Nothing was sent to the server but the key exchange. */
export class HostKeyError extends ConnectError {
  /** `unknown`: no key is on record. `mismatch`: another one is. `revoked`: it is marked `@revoked`. */
  readonly reason: 'unknown' | 'mismatch' | 'revoked';
  /** The key that the server showed, as `SHA256:…`. */
  readonly fingerprint: string;
  /** Its type as the protocol names it, such as `ssh-ed25519`. */
  readonly keyType: string;
  /** The `known_hosts` file and line that decided, where one did. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** The types of the keys that are on record for the host. */
  readonly knownTypes: readonly string[];

  constructor(
    message: string,
    about: {
      readonly reason: 'unknown' | 'mismatch' | 'revoked';
      readonly fingerprint: string;
      readonly keyType: string;
      readonly file?: string | undefined;
      readonly line?: number | undefined;
      readonly knownTypes?: readonly string[] | undefined;
    },
    options: ConnectErrorOptions = {},
  ) {
    super('hostkey', message, options, 'ERR_HAWSER_HOST_KEY');
    this.reason = about.reason;
    this.fingerprint = about.fingerprint;
    this.keyType = about.keyType;
    this.file = about.file;
    this.line = about.line;
    this.knownTypes = about.knownTypes ?? [];
  }

  override toJSON(): Record<string, unknown> {
    const { reason, fingerprint, keyType, file, line } = this;
    return {
      ...super.toJSON(),
      reason,
      fingerprint,
      keyType,
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
    };
  }
}

/** One authentication attempt: which method, with what (a file, an agent's key comment), and what came of it. */
export interface AuthAttempt {
  readonly method: 'agent' | 'publickey' | 'keyboard-interactive' | 'password' | 'none';
  /** The key file, the agent key's comment, or other words that identify the credential without revealing it. */
  readonly detail: string;
  readonly outcome: 'accepted' | 'partial' | 'refused' | 'skipped';
  /** Why it was skipped or could not be used. */
  readonly reason?: string;
}

/** The server accepted none of the credentials. Never retried by itself: servers ban clients that fail. */
export class AuthError extends ConnectError {
  /** Everything that was tried, in order. */
  readonly tried: readonly AuthAttempt[];

  constructor(message: string, tried: readonly AuthAttempt[], options: ConnectErrorOptions = {}) {
    super('auth', message, options, 'ERR_HAWSER_AUTH');
    this.tried = tried;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), tried: this.tried };
  }
}

/** The server turned the connection away before its banner, as sshd does past `MaxStartups` (sshd_config(5)). */
export class ThrottledError extends ConnectError {
  constructor(message: string, options: ConnectErrorOptions = {}) {
    super('banner', message, { retryable: true, ...options }, 'ERR_HAWSER_THROTTLED');
  }
}

/** Options of the errors that may end a running command or a transfer. */
export interface PartialResultOptions extends HawserErrorOptions {
  readonly result?: AnyCommandResult | undefined;
  readonly summary?: TransferSummary | undefined;
}

/** The link broke. A command that was running may still be running: `result` holds what had come. */
export class DisconnectedError extends HawserError {
  readonly result: AnyCommandResult | undefined;
  /** What the transfer that it cut short had done. */
  readonly summary: TransferSummary | undefined;

  constructor(message: string, options: PartialResultOptions = {}) {
    super('ERR_HAWSER_DISCONNECTED', message, { retryable: true, ...options });
    this.result = options.result;
    this.summary = options.summary;
  }
}

/** The object was closed by its owner, and closed things stay closed. */
export class ClosedError extends HawserError {
  /** What had come of the command that it cut short. */
  readonly result: AnyCommandResult | undefined;
  /** What the transfer that it cut short had done. */
  readonly summary: TransferSummary | undefined;

  constructor(message: string, options: PartialResultOptions = {}) {
    super('ERR_HAWSER_CLOSED', message, options);
    this.result = options.result;
    this.summary = options.summary;
  }
}

/** Why a channel could not be had or used. */
export type ChannelErrorReason =
  /** The server would not open it, for another reason than its limit on sessions. */
  | 'refused'
  /** The channel opened, and the request on it (exec, shell, subsystem, pty) was refused. */
  | 'request'
  /** The machine has no such capability (a shell-only transport has no exec). */
  | 'unsupported'
  /** The working directory could not be entered; the command did not run. */
  | 'cwd'
  /** `sudo` wanted a password that it did not get, or refused the one it got; the command did not run. */
  | 'sudo';

/** The connection stands, and the channel that the work needed could not be had. */
export class ChannelError extends HawserError {
  readonly reason: ChannelErrorReason;

  constructor(reason: ChannelErrorReason, message: string, options: HawserErrorOptions = {}) {
    super('ERR_HAWSER_CHANNEL', message, options);
    this.reason = reason;
  }
}

/** Options of {@link TimeoutError}. */
export interface TimeoutErrorOptions extends PartialResultOptions {
  readonly phase: string;
  readonly ms: number;
}

/** A time limit passed. `phase` says in what (`'tcp'`, `'auth'`, `'execute'`, `'lock'`, …), `ms` how long it was. */
export class TimeoutError extends HawserError {
  readonly phase: string;
  readonly ms: number;
  /** The partial output of the command that was cut short. */
  readonly result: AnyCommandResult | undefined;
  /** What the transfer that it cut short had done. */
  readonly summary: TransferSummary | undefined;

  constructor(message: string, options: TimeoutErrorOptions, code = 'ERR_HAWSER_TIMEOUT') {
    super(code, message, { retryable: true, ...options });
    this.phase = options.phase;
    this.ms = options.ms;
    this.result = options.result;
    this.summary = options.summary;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), phase: this.phase, ms: this.ms };
  }
}

/** The caller's `AbortSignal` ended the call. `name` is `'AbortError'`, as everywhere in Node. */
export class AbortError extends HawserError {
  readonly result: AnyCommandResult | undefined;
  /** What the transfer that it cut short had done. */
  readonly summary: TransferSummary | undefined;

  constructor(message: string, options: PartialResultOptions = {}) {
    super('ABORT_ERR', message, options);
    this.result = options.result;
    this.summary = options.summary;
  }
}

/** A command ended otherwise than with status 0 while `check: true` asked for nothing less. */
export class CommandError extends HawserError {
  readonly result: AnyCommandResult;

  constructor(message: string, result: AnyCommandResult, options: HawserErrorOptions = {}) {
    super('ERR_HAWSER_COMMAND', message, options);
    this.result = result;
  }
}

/** No worker of a pool came free within the caller's time limit (`phase` is `'pool'`). Nothing was run. */
export class PoolTimeoutError extends TimeoutError {
  constructor(message: string, options: Omit<TimeoutErrorOptions, 'phase'>) {
    super(message, { ...options, phase: 'pool' }, 'ERR_HAWSER_POOL_TIMEOUT');
  }
}

/** A lock was asked for in a way that would wait for itself. Nothing was run. */
export class DeadlockError extends HawserError {
  constructor(message: string, options: HawserErrorOptions = {}) {
    super('ERR_HAWSER_DEADLOCK', message, options);
  }
}

/** A device has no connection, or no path, of the name that was given. */
export class AliasError extends HawserError {
  /** What was asked for. */
  readonly alias: string;
  /** The names that there are. */
  readonly known: readonly string[];

  constructor(message: string, alias: string, known: readonly string[], options: HawserErrorOptions = {}) {
    super('ERR_HAWSER_ALIAS', message, options);
    this.alias = alias;
    this.known = known;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), alias: this.alias, known: this.known };
  }
}

/** What a dialog with a command line stumbled over. */
export type DialogErrorReason =
  /** The device did not take the name and password, or the enable password. */
  | 'login'
  /** It asked for something that nobody has an answer to. */
  | 'question'
  /** It is in a mode from which the platform knows no way to the one that is needed, or did not get there. */
  | 'mode'
  /** Two pieces of work wrote to one command line at once. */
  | 'shared'
  /** After a time limit or an abort its prompt could not be found again. */
  | 'unsynchronised';

/** A command line that has only a prompt did not behave as its platform says. */
export class DialogError extends HawserError {
  readonly reason: DialogErrorReason;

  constructor(reason: DialogErrorReason, message: string, options: HawserErrorOptions = {}) {
    super('ERR_HAWSER_DIALOG', message, options);
    this.reason = reason;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), reason: this.reason };
  }
}
