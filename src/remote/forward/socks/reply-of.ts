import type { SocksOutcome } from './socks-request.js';

/** What the system calls a failure, by the names of RFC 1928 §6. */
const BY_CODE: Readonly<Record<string, SocksOutcome>> = {
  ECONNREFUSED: 'refused',
  ENETUNREACH: 'network-unreachable',
  EHOSTUNREACH: 'host-unreachable',
  ENOTFOUND: 'host-unreachable',
  EAI_AGAIN: 'host-unreachable',
  ETIMEDOUT: 'timed-out',
};

/** The same in the words of strerror(3) and gai_strerror(3), which servers of SSH pass on. */
const BY_WORDS: readonly (readonly [RegExp, SocksOutcome])[] = [
  [/connection refused/iu, 'refused'],
  [/network is unreachable/iu, 'network-unreachable'],
  [/no route to host|not known|name resolution|no address/iu, 'host-unreachable'],
  [/timed out/iu, 'timed-out'],
];

/** A channel that the server's configuration forbids (RFC 4254 §5.1). */
const PROHIBITED = 1;

/** The answer to a client whose request could not be had, as far as the error's cause tells. */
export function outcomeOfDial(error: unknown): SocksOutcome {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return 'failed';
  const code: unknown = Reflect.get(cause, 'code');
  if (typeof code === 'string' && Object.hasOwn(BY_CODE, code)) return BY_CODE[code] ?? 'failed';
  if (Reflect.get(cause, 'reason') === PROHIBITED) return 'prohibited';
  return BY_WORDS.find(([words]) => words.test(cause.message))?.[1] ?? 'failed';
}
