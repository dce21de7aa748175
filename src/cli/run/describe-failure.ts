import { exitWords } from '../../connection/results/failure-words.js';
import { AuthError, ConnectError, HostKeyError, TimeoutError } from '../../core/errors.js';
import { quote } from '../../core/quote.js';
import type { StreamedResult } from '../../fleet/fleet-event.js';
import { shortKeyType } from '../../inventory/known-hosts/public-key.js';
import { formatDuration } from '../options/duration.js';
import { oneLine } from '../terminal/text.js';

/** How a host failed, in words for one line. */
export interface Failure {
  readonly what: string;
  /** What to do about it; `undefined` where the first part says it all. */
  readonly next?: string;
}

/** What a failure is described by: of a command's result, or of other work that has an error alone. */
export type Failed = Pick<StreamedResult, 'key' | 'outcome' | 'durationMs'> &
  Partial<Pick<StreamedResult, 'error' | 'status' | 'signal' | 'killed'>>;

/** Says how a command on one host failed. `flags` are those that `hawser trust` needs to find the host too. */
export function describeFailure(result: Failed, flags: readonly string[] = []): Failure {
  const { outcome, error, status, signal, killed } = result;
  const left = killed === 'unknown' ? ', and may still run there' : '';
  switch (outcome) {
    case 'exit':
      return { what: exitWords(status) };
    case 'signal':
      return { what: `ended by ${oneLine(signal ?? 'a signal')}` };
    case 'unknown':
      return error === undefined ? { what: 'ended, and the server did not say how' } : { what: oneLine(error.message) };
    case 'skipped':
      return { what: 'not started' };
    case 'aborted':
      return { what: `interrupted${left}` };
    case 'timeout':
      return { what: `timed out after ${formatDuration(timeLimit(result))}${left}` };
    case 'hostkey':
      return error instanceof HostKeyError ? hostKeyFailure(result.key, error, flags) : said(error);
    case 'auth':
      return error instanceof AuthError ? authFailure(error) : said(error);
    case 'connect':
      return connectFailure(result);
    case 'throttled':
    case 'lost':
      return said(error);
  }
}

function timeLimit({ error, durationMs }: Failed): number {
  return error instanceof TimeoutError ? error.ms : durationMs;
}

function said(error: Error | undefined): Failure {
  return { what: error === undefined ? 'failed' : oneLine(error.message) };
}

function connectFailure({ key, error }: Failed): Failure {
  if (error instanceof TimeoutError) {
    return { what: `timed out while connecting (${error.phase}, ${formatDuration(error.ms)})` };
  }
  if (!(error instanceof ConnectError)) return said(error);
  return { what: withoutSubject(oneLine(error.message), key, error) };
}

/** A message for a line that begins with the host's name: it need not say it again. That of a jump host is whole. */
export function withoutSubject(message: string, key: string, { host, hop }: ConnectError): string {
  if (host !== key) return message;
  for (const subject of [`Cannot connect to ${key} (${hop}): `, `Cannot connect to ${key}: `, `${key} (${hop}) `]) {
    if (message.startsWith(subject)) return message.slice(subject.length).replace(/\?\.$/, '?');
  }
  return message;
}

function hostKeyFailure(key: string, error: HostKeyError, flags: readonly string[]): Failure {
  const { reason, file, line, host } = error;
  const shown = `${shortKeyType(error.keyType)} ${error.fingerprint}`;
  const where = file === undefined ? '' : ` (${oneLine(file)}:${line})`;
  // The key of a jump host is asked for under its own name, to which the flags for the target do not apply.
  const whose = host === undefined || host === key ? '' : ` of ${oneLine(host)}`;
  if (reason === 'unknown') {
    const words = ['hawser', 'trust', ...(whose === '' ? flags : []), host ?? key];
    return {
      what: `unknown host key${whose}  ${shown}`,
      next: `check it, then: ${oneLine(words.map(quote).join(' '))}`,
    };
  }
  if (reason === 'revoked') {
    return { what: `revoked host key${whose}  ${shown}${where}`, next: 'do not connect to this machine' };
  }
  return {
    what: `changed host key${whose}  ${shown}, another one is on record${where}`,
    next: "ask the machine's owner whether it was set up anew",
  };
}

function authFailure(error: AuthError): Failure {
  const tried = error.tried.map(({ method, detail, reason }) => {
    const how = detail === '' || detail === method ? method : `${method} ${detail}`;
    return reason === undefined ? how : `${how}: ${reason}`;
  });
  return {
    what: `not let in  ${tried.length === 0 ? 'nothing to try' : oneLine(`tried ${tried.join(', ')}`)}`,
    next: 'check the user name (-l), the key (-i) or the password (--ask-pass)',
  };
}

/** What became of a host in a word or two, for a table. */
export function shortOutcome(result: StreamedResult): string {
  switch (result.outcome) {
    case 'exit':
      return result.ok ? 'ok' : exitWords(result.status);
    case 'signal':
      return oneLine(result.signal ?? 'signal');
    case 'connect':
      return 'unreachable';
    case 'hostkey':
      return 'host key';
    case 'auth':
      return 'not let in';
    case 'skipped':
      return 'not started';
    case 'aborted':
      return 'interrupted';
    case 'timeout':
      return 'timed out';
    default:
      return result.outcome;
  }
}
