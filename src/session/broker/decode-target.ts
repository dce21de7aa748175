import { OptionError } from '../../core/hawser-error.js';
import { checkTarget } from '../../inventory/check-target.js';
import type { AuthPrompt, HostKeyInfo, Target } from '../../inventory/target.js';
import { asRecord } from '../../transport/broker/lines.js';
import { withClientAgent } from './client-agent.js';

/** How a client is asked for what its target has functions for. */
export interface Asking {
  /** Puts a question to the client: which of its functions is called, and with what. */
  ask(ask: number, args: readonly unknown[]): Promise<unknown>;
  /** As `ask`, for what is the same whenever it is asked for: an answer serves for the life of the session. */
  askOnce(ask: number, args?: readonly string[]): Promise<unknown>;
}

/** Nobody is asked for anything where something is only looked for. */
export const unasked: Asking = {
  ask: () => Promise.reject(new OptionError('Nobody is asked while a session is looked for.')),
  askOnce: () => Promise.reject(new OptionError('Nobody is asked while a session is looked for.')),
};

/** As many hops as anybody may mean. */
const MOST_HOPS = 16;

/**
 * The target that a client has sent, with functions that ask the client where it had some.
 *
 * @throws OptionError for anything else than a target.
 */
export function decodeTarget(value: unknown, asking: Asking): Target {
  const { clientAgent, ...fields } = asRecord(value);
  const target = decodeFields(fields, asking, 0);
  checkTarget(target);
  return withClientAgent(target, clientAgent);
}

function decodeFields(value: unknown, asking: Asking, depth: number): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > MOST_HOPS) return value;
  const fields: Record<string, unknown> = { ...value };
  const replace = (field: string, by: (from: unknown) => unknown): void => {
    if (fields[field] !== undefined) fields[field] = by(fields[field]);
  };
  const asked = (make: (number: number) => unknown) => (from: unknown) => {
    const number = askedFor(from);
    return number === undefined ? from : make(number);
  };
  replace(
    'password',
    asked((n) => () => secretOf(asking.askOnce(n))),
  );
  replace(
    'passphrase',
    asked((n) => (key: string) => secretOf(asking.askOnce(n, [key]))),
  );
  replace(
    'keyboardInteractive',
    asked((n) => (prompts: readonly AuthPrompt[], info: object) => wordsOf(asking.ask(n, [prompts, info]))),
  );
  replace(
    'hostKey',
    asked((n) => async (info: HostKeyInfo) => (await asking.ask(n, [shownKey(info)])) === true),
  );
  replace('privateKey', (keys) => (Array.isArray(keys) ? keys.map(keyOf) : keyOf(keys)));
  replace('proxyJump', (hops) =>
    Array.isArray(hops)
      ? hops.map((hop) => decodeFields(hop, asking, depth + 1))
      : decodeFields(hops, asking, depth + 1),
  );
  return fields;
}

/** What was a function at the client: the number that it is called by. */
function askedFor(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('ask' in value)) return undefined;
  const { ask } = value;
  return typeof ask === 'number' && Number.isInteger(ask) && ask >= 0 ? ask : undefined;
}

async function secretOf(answer: Promise<unknown>): Promise<string> {
  const value = await answer;
  if (typeof value === 'string') return value;
  throw new OptionError('Expected the function of a password or passphrase to return a string.');
}

async function wordsOf(answer: Promise<unknown>): Promise<readonly string[]> {
  const value = await answer;
  if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value;
  throw new OptionError('Expected the function `keyboardInteractive` to return a list of strings.');
}

function shownKey({ key, ...info }: HostKeyInfo): object {
  return { ...info, key: key.toString('base64') };
}

function keyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('base64' in value)) return value;
  return typeof value.base64 === 'string' ? Buffer.from(value.base64, 'base64') : value;
}
