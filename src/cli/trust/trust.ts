import { HostKeyError } from '../../core/errors.js';
import { HawserError, OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { KnownHosts } from '../../inventory/known-hosts/known-hosts.js';
import { shortKeyType } from '../../inventory/known-hosts/public-key.js';
import { recordHostKey } from '../../inventory/known-hosts/record-host-key.js';
import type { HostKeyInfo, Target } from '../../inventory/target.js';
import type { Context } from '../context.js';
import { makeTarget, targetFields } from '../options/make-targets.js';
import { requireHosts } from '../options/select-hosts.js';
import { trustFlags } from '../run/run-flags.js';
import { Interrupts } from '../terminal/interrupts.js';
import type { Paint } from '../terminal/paint.js';
import { withTilde } from '../terminal/paths.js';
import { oneLine } from '../terminal/text.js';
import { fetchHostKeys } from './fetch-host-keys.js';
import { type HostRecords, recordsOf } from './host-records.js';
import type { TrustFlags } from './trust-flags.js';

/**
 * `hawser trust`: shows the keys of each host, asks, and records them.
 *
 * @returns the exit status: 0 if the keys of every host are on record now.
 * @throws OptionError, ParseError for what cannot be meant, and where there is nobody to ask.
 */
export async function trust(expressions: readonly string[], flags: TrustFlags, context: Context): Promise<number> {
  const { hosts, inventory } = await requireHosts(expressions, flags, context.selection(flags.sshConfig));
  const fields = targetFields(flags);
  const targets = [...hosts].map((name) => makeTarget(name, fields, inventory));
  for (const fingerprint of flags.fingerprint ?? []) checkFingerprint(fingerprint);
  if (flags.yes === true && flags.fingerprint === undefined) {
    context.output.note('Warning: --yes records what is shown. Whoever is on the path may show a key of their own.\n');
  }
  const stop = new AbortController();
  using interrupts = Interrupts.abort(stop, context.output);
  const trusting = new Trusting(flags, context);
  let failed = false;
  for (const target of targets) {
    if (interrupts.status !== undefined) break;
    failed = !(await trusting.trust(target, stop.signal)) || failed;
  }
  return interrupts.status ?? (failed ? 1 : 0);
}

function checkFingerprint(text: string): void {
  if (/^SHA256:[A-Za-z0-9+/]{43}$/.test(text)) return;
  throw new OptionError(
    `Expected a fingerprint as ssh-keygen -l prints it, SHA256: and 43 characters, got ${JSON.stringify(text)}.`,
  );
}

/** Trusts one host after another. */
class Trusting {
  readonly #flags: TrustFlags;
  readonly #context: Context;
  readonly #paint: Paint;

  constructor(flags: TrustFlags, context: Context) {
    this.#flags = flags;
    this.#context = context;
    this.#paint = context.paints(flags).out;
  }

  /** Whether the host's keys are on record when it is done. */
  async trust(target: Target, signal: AbortSignal): Promise<boolean> {
    const name = oneLine(target.key ?? target.host);
    let keys: readonly HostKeyInfo[];
    try {
      if ((target.protocol ?? 'ssh') !== 'ssh')
        throw new OptionError(`${name} is not reached by SSH: it has no host key.`);
      keys = await fetchHostKeys(target, signal);
    } catch (error) {
      if (!(error instanceof HawserError)) throw error;
      this.#say(name, this.#paint.bad(`✗ ${oneLine(error.message)}`));
      if (error instanceof HostKeyError && error.host !== undefined && error.host !== target.key) {
        this.#say(name, `→ its jump host comes first: ${oneLine(`hawser trust ${quote(error.host)}`)}`);
      }
      return false;
    }
    const records = await recordsOf(target, keys, this.#flags);
    for (const key of records.keys) this.#say(name, `${describeKey(key.info)}  ${this.#status(key.verdict)}`);
    return this.#settle(name, target, records);
  }

  async #settle(name: string, target: Target, records: HostRecords): Promise<boolean> {
    const { paint } = { paint: this.#paint };
    const bad = records.keys.find(({ verdict }) => verdict.status === 'revoked');
    if (bad !== undefined) {
      this.#say(name, paint.bad('✗ a revoked key: do not connect to this machine'));
      return false;
    }
    const { fingerprint: wanted } = this.#flags;
    const trusted = records.keys.filter(({ verdict }) => verdict.status === 'trusted');
    if (trusted.length > 0) {
      const told = wanted === undefined || trusted.some(({ info }) => wanted.includes(info.fingerprint));
      this.#say(
        name,
        told ? paint.good('on record already') : paint.bad('✗ the key on record has another fingerprint'),
      );
      return told;
    }
    const changed = records.keys.find(({ verdict }) => verdict.status === 'mismatch');
    if (changed !== undefined) {
      const { file = '', line } = changed.verdict;
      const { host, port } = changed.info;
      const entry = quote(port === 22 ? host : `[${host}]:${port}`);
      this.#say(name, paint.bad(`✗ changed: another key is on record (${withTilde(oneLine(file))}:${line})`));
      this.#say(
        name,
        `→ ask its owner; if it was set up anew: ssh-keygen -R ${entry} -f ${quote(file)}, then trust it again`,
      );
      return false;
    }
    const chosen = await this.#choose(name, records, target);
    if (chosen.length === 0) return false;
    for (const { host, port, key } of chosen) {
      await recordHostKey(records.file, KnownHosts.line(host, port, key, { hash: records.hash }));
    }
    this.#say(name, paint.good(`recorded in ${withTilde(oneLine(records.file))}`));
    return true;
  }

  /** The keys to be recorded: those that the user says are right. */
  async #choose(name: string, { keys }: HostRecords, target: Target): Promise<HostKeyInfo[]> {
    const infos = keys.map(({ info }) => info);
    const { fingerprint: wanted, yes } = this.#flags;
    if (wanted !== undefined) {
      const right = infos.filter((info) => wanted.includes(info.fingerprint));
      if (right.length === 0)
        this.#say(name, this.#paint.bad('✗ no key has the fingerprint that was given: nothing recorded'));
      return right;
    }
    if (yes === true) return infos;
    const { prompt, output } = this.#context;
    if (!prompt.available) {
      await output.finish();
      const again = ['hawser', 'trust', ...trustFlags(this.#flags), '--fingerprint', infos[0]?.fingerprint ?? ''];
      throw new OptionError(
        `Cannot ask whether the keys of ${name} are right: there is no terminal. Check one of them, then: ` +
          [...again, target.key ?? target.host].map(quote).join(' '),
      );
    }
    const right = await prompt.confirm(`Are these the keys of ${name}?`, `ask whether the keys of ${name} are right`);
    if (!right) this.#say(name, 'nothing recorded');
    return right ? infos : [];
  }

  #status({ status, file, line }: HostRecords['keys'][number]['verdict']): string {
    const where = file === undefined ? '' : ` (${withTilde(oneLine(file))}:${line})`;
    switch (status) {
      case 'trusted':
        return this.#paint.good(`known${where}`);
      case 'unknown':
        return 'not on record';
      case 'mismatch':
        return this.#paint.dim(`another key is on record${where}`);
      case 'revoked':
        return this.#paint.bad(`revoked${where}`);
    }
  }

  #say(name: string, text: string): void {
    this.#context.output.write(`${this.#paint.bold(name)}  ${text}\n`);
  }
}

/** `ED25519  SHA256:…`, the way `ssh-keygen -l` names the types. */
function describeKey({ keyType, fingerprint }: HostKeyInfo): string {
  const type = shortKeyType(keyType);
  return `${type.padEnd(7)}  ${fingerprint}`;
}
