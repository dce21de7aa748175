import { inspect } from 'node:util';
import { type Abortable, raceAbort, throwIfAborted } from '../../core/abort.js';
import { defined } from '../../core/defined.js';
import { OptionError } from '../../core/hawser-error.js';
import { checkTargetOptions, UNRECORDED_FIELDS } from '../../inventory/check-target.js';
import { targetKey } from '../../inventory/format-target.js';
import type { HopLike, Target, UnrecordedField } from '../../inventory/target.js';
import type { RecordedFleet } from './recorded-fleet.js';

/** What a record does not hold of a target. */
export type Credentials = Pick<Target, UnrecordedField>;

/**
 * Says what a record does not hold. It is asked about each machine that lacks something, jump hosts too, and once where
 * several connections are recorded alike: `key` is the name of that very machine, and `missing` what was set when the
 * record was made. What it leaves out stays missing.
 *
 * It answers at once. What has to be waited for (a vault, a person) is a function in the answer, called when a server
 * asks: `(key) => ({ password: () => vault.read(key) })`.
 */
export type CredentialProvider = (
  key: string,
  target: Readonly<Target>,
  missing: readonly UnrecordedField[],
) => Credentials | undefined;

/** A {@link CredentialProvider} that may take its time. Machines are asked about one after the other. */
export type SlowCredentialProvider = (
  ...about: Parameters<CredentialProvider>
) => ReturnType<CredentialProvider> | Promise<ReturnType<CredentialProvider>>;

/** Options of `MultiConnection.fromJSON` and `fromString`. */
export interface FromRecordOptions {
  /** Default: what is missing stays missing; agents and key files do without it. */
  readonly credentials?: CredentialProvider;
}

/** What was answered, by what {@link idOf} says of a target. */
type Answers = Map<string, Credentials>;

/** The fleet with what the provider says of its machines. Throws {@link OptionError} for an answer that is none. */
export function withCredentials(fleet: RecordedFleet, provider: CredentialProvider | undefined): RecordedFleet {
  if (provider === undefined) return fleet;
  const answers: Answers = new Map();
  for (const target of lacking(fleet)) {
    const answer: unknown = ask(provider, target);
    if (answer instanceof Promise) {
      answer.catch(() => {});
      throw new OptionError(
        'Expected `credentials` to answer at once, got a promise: let it return functions, as in ' +
          '`(key) => ({ password: () => vault.read(key) })`, or use `MultiConnection.load`, which waits for it.',
      );
    }
    note(answers, target, answer);
  }
  return fill(fleet, answers);
}

/** As {@link withCredentials}, with a provider that is waited for. */
export async function withSlowCredentials(
  fleet: RecordedFleet,
  provider: SlowCredentialProvider | undefined,
  { signal }: Abortable,
): Promise<RecordedFleet> {
  if (provider === undefined) return fleet;
  const answers: Answers = new Map();
  for (const target of lacking(fleet)) {
    const doing = `asking for the credentials of ${targetKey(target)}`;
    throwIfAborted(signal, doing);
    note(answers, target, await raceAbort(Promise.resolve(ask(provider, target)), signal, { doing }));
  }
  return fill(fleet, answers);
}

function ask(provider: SlowCredentialProvider, target: Target): ReturnType<SlowCredentialProvider> {
  return provider(targetKey(target), target, target.missing ?? []);
}

/** What is the same of targets that are recorded alike: the connections of a pool, the jump host of many. */
function idOf(target: Target): string {
  const { key: _, ...rest } = target;
  return JSON.stringify([targetKey(target), rest]);
}

/** The targets that lack something, each once, and jump hosts before what lies behind them. */
function lacking({ connections }: RecordedFleet): Iterable<Target> {
  const found = new Map<string, Target>();
  const visit = (hop: HopLike): void => {
    if (typeof hop === 'string' || 'dial' in hop) return;
    for (const before of hopsOf(hop)) visit(before);
    if (hop.missing === undefined || hop.missing.length === 0) return;
    const id = idOf(hop);
    if (!found.has(id)) found.set(id, hop);
  };
  for (const { target } of connections) visit(target);
  return found.values();
}

function note(answers: Answers, target: Target, answer: unknown): void {
  if (answer === undefined) return;
  const about = `of ${targetKey(target)}`;
  if (typeof answer !== 'object' || answer === null) {
    throw new OptionError(`Expected \`credentials\` to give an object for what is missing ${about}.`);
  }
  const stray = Object.keys(answer).find((name) => !UNRECORDED_FIELDS.some((field) => field === name));
  if (stray !== undefined) {
    const known = UNRECORDED_FIELDS.join(', ');
    throw new OptionError(
      `Expected \`credentials\` to give nothing but ${known} for what is missing ${about}, got ${inspect(stray)}.`,
    );
  }
  checkTargetOptions(answer);
  answers.set(idOf(target), defined(answer));
}

function fill(fleet: RecordedFleet, answers: Answers): RecordedFleet {
  const connections = fleet.connections.map(({ target, names }) => ({ target: filled(target, answers), names }));
  return { ...fleet, connections };
}

function filled(target: Target, answers: Answers): Target {
  const { missing = [], ...rest } = target;
  const given = missing.length === 0 ? undefined : answers.get(idOf(target));
  const still = missing.filter((field) => given?.[field] === undefined);
  const keys = [target.privateKey, given?.privateKey].flat().filter((key) => key !== undefined);
  const fillHop = (hop: HopLike): HopLike => (typeof hop === 'string' || 'dial' in hop ? hop : filled(hop, answers));
  return {
    ...rest,
    ...(target.proxyJump === undefined ? {} : { proxyJump: hopsOf(target).map(fillHop) }),
    ...given,
    ...(keys.length === 0 ? {} : { privateKey: keys }),
    ...(still.length === 0 ? {} : { missing: still }),
  };
}

function hopsOf({ proxyJump = [] }: Target): readonly HopLike[] {
  return isList(proxyJump) ? proxyJump : [proxyJump];
}

function isList(hops: HopLike | readonly HopLike[]): hops is readonly HopLike[] {
  return Array.isArray(hops);
}
