import { resolve } from 'node:path';
import { OptionError } from '../../core/hawser-error.js';
import { expandHome } from '../../core/home.js';
import { revealed } from '../../core/secret.js';
import { isKeyText } from '../../inventory/format-target.js';
import type { AuthPrompt, HopLike, HostKeyInfo, JumpHost, SecretSource, Target } from '../../inventory/target.js';
import { asRecord } from './lines.js';

/** A function of a target, as the broker calls it: what comes over the wire goes in, and what it returns goes back. */
export type Answer = (args: readonly unknown[]) => unknown;

/** A target as it is sent to a broker. */
export interface EncodedTarget {
  /** Plain JSON. Where a function was there is `{ ask: N }`. It may hold secrets. */
  readonly target: Readonly<Record<string, unknown>>;
  /** The functions, each at the number that it is called by. */
  readonly answers: readonly Answer[];
}

/**
 * Makes a target fit to travel to a broker, which has another working directory: paths become absolute, functions stay
 * here to be called from there, and an open connection among its hops is described by its target.
 *
 * @param env names the agent of the login that it is for, which may not be the broker's.
 * @throws OptionError for a hop that cannot be described.
 */
export function encodeTarget(
  target: Readonly<Target>,
  { SSH_AUTH_SOCK: clientAgent }: Readonly<Record<string, string | undefined>> = process.env,
): EncodedTarget {
  const answers: Answer[] = [];
  const ask = (answer: Answer): object => ({ ask: answers.push(answer) - 1 });
  return { target: { ...encodeFields(target, ask), clientAgent }, answers };
}

type Ask = (answer: Answer) => object;

function encodeFields(target: Readonly<Target>, ask: Ask): Record<string, unknown> {
  const { password, passphrase, privateKey, keyboardInteractive, hostKey, ...rest } = revealed<Target>(target);
  const { agent, knownHosts, sshConfig, proxyJump, ...plain } = rest;
  return {
    ...plain,
    ...(password === undefined ? {} : { password: encodeSecret(password, ask) }),
    ...(passphrase === undefined ? {} : { passphrase: encodePassphrase(passphrase, ask) }),
    ...(privateKey === undefined ? {} : { privateKey: each(privateKey, encodeKey) }),
    ...(keyboardInteractive === undefined ? {} : { keyboardInteractive: ask(answerPrompts(keyboardInteractive)) }),
    ...(hostKey === undefined ? {} : { hostKey: typeof hostKey === 'function' ? ask(judgeKey(hostKey)) : hostKey }),
    ...(agent === undefined ? {} : { agent: agent === false ? false : absolute(agent) }),
    ...(knownHosts === undefined ? {} : { knownHosts: each(knownHosts, absolute) }),
    ...(sshConfig === undefined ? {} : { sshConfig: typeof sshConfig === 'string' ? absolute(sshConfig) : sshConfig }),
    ...(proxyJump === undefined ? {} : { proxyJump: each<HopLike, unknown>(proxyJump, (hop) => encodeHop(hop, ask)) }),
  };
}

function encodeSecret(secret: SecretSource, ask: Ask): unknown {
  return typeof secret === 'string' ? secret : ask(() => secret());
}

function encodePassphrase(passphrase: NonNullable<Target['passphrase']>, ask: Ask): unknown {
  return typeof passphrase === 'string' ? passphrase : ask(([key]) => passphrase(String(key)));
}

function encodeKey(key: string | Buffer): unknown {
  if (typeof key !== 'string') return { base64: key.toString('base64') };
  return isKeyText(key) ? key : absolute(key);
}

function encodeHop(hop: HopLike, ask: Ask): unknown {
  if (typeof hop === 'string') return hop;
  if (!isOpen(hop)) return encodeFields(hop, ask);
  if (hop.target !== undefined) return encodeFields(hop.target, ask);
  throw new OptionError(
    `Cannot reach a machine behind ${hop.id} through a session broker: that hop is an open connection of this process. ` +
      'Give its target instead.',
    { host: hop.host },
  );
}

function isOpen(hop: Target | JumpHost): hop is JumpHost {
  return 'dial' in hop;
}

function answerPrompts(respond: NonNullable<Target['keyboardInteractive']>): Answer {
  return ([prompts, info]) => {
    const { name, instructions } = asRecord(info);
    return respond(Array.isArray(prompts) ? prompts.map(promptOf) : [], {
      name: text(name),
      instructions: text(instructions),
    });
  };
}

function promptOf(value: unknown): AuthPrompt {
  const { prompt, echo } = asRecord(value);
  return { prompt: text(prompt), echo: echo === true };
}

function judgeKey(judge: (info: HostKeyInfo) => boolean | Promise<boolean>): Answer {
  return ([value]) => {
    const info = asRecord(value);
    const { port, status } = info;
    return judge({
      host: text(info['host']),
      port: typeof port === 'number' ? port : 0,
      keyType: text(info['keyType']),
      key: Buffer.from(text(info['key']), 'base64'),
      fingerprint: text(info['fingerprint']),
      status: status === 'trusted' || status === 'unknown' || status === 'mismatch' ? status : 'revoked',
      hop: text(info['hop']),
    });
  };
}

function absolute(path: string): string {
  return resolve(expandHome(path));
}

function each<T, R>(value: T | readonly T[], encode: (item: T) => R): R | R[] {
  return isList(value) ? value.map(encode) : encode(value);
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
