import type { Connection } from '../connection/connection.js';
import { throwIfAborted } from '../core/abort.js';
import { AbortError, AuthError, ConnectError, HostKeyError, TimeoutError } from '../core/errors.js';
import { HawserError } from '../core/hawser-error.js';
import { visible } from '../core/visible.js';
import { sessions } from '../session/sessions.js';
import type { JobMachine } from './job-machine.js';
import { checksOf, type Finding } from './machine-checks.js';
import type { MachineCheck, MachineFacts, MachineReport, MachineTestOptions } from './machine-report.js';

/** The steps of a connect as checks, in their order. */
const WAY = ['reach', 'host key', 'login'] as const;

const NO_WAY = 'not looked at: there is no connection';

/** Looks at all that jobs need of a machine: see `Machine.test`. */
export async function testMachine(machine: JobMachine, o: MachineTestOptions = {}): Promise<MachineReport> {
  const { signal, onCheck } = o;
  const checks: MachineCheck[] = [];
  const add = (check: MachineCheck): void => {
    checks.push(check);
    onCheck?.(check);
  };
  const connection = await reach(machine, o, add);
  let facts: MachineFacts = {};
  for (const [name, look] of checksOf(machine)) {
    throwIfAborted(signal, `testing the machine ${machine.name}`);
    if (connection === undefined) {
      add({ name, ok: false, skipped: true, ms: 0, detail: NO_WAY });
      continue;
    }
    const begun = performance.now();
    const { facts: found, ...finding } = await tryOut(() => look(connection, signal));
    facts = { ...facts, ...found };
    add({ name, ...finding, ms: performance.now() - begun, detail: oneLine(finding.detail) });
  }
  return { machine: machine.name, ok: checks.every(({ ok }) => ok), checks, ...facts };
}

/** That something fails says enough; the others are looked at none the less. */
async function tryOut(look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof HawserError) || error instanceof AbortError) throw error;
    return { ok: false, detail: error.message };
  }
}

/** Gets the machine's session, and tells how far that went. */
async function reach(
  machine: JobMachine,
  { signal, sessions: cache = sessions }: MachineTestOptions,
  add: (check: MachineCheck) => void,
): Promise<Connection | undefined> {
  const begun = performance.now();
  try {
    const connection = await cache.get(machine.target ?? 'local:', { signal });
    if (machine.target === undefined)
      add({ name: 'reach', ok: true, ms: performance.now() - begun, detail: 'this machine' });
    else for (const check of passed(connection)) add(check);
    return connection;
  } catch (error) {
    if (!(error instanceof HawserError) || error instanceof AbortError) throw error;
    const ms = performance.now() - begun;
    const broken = WAY.indexOf(stepOf(error));
    for (const [index, name] of WAY.entries()) {
      if (index === broken) add({ name, ok: false, ms, detail: oneLine(error.message) });
      else if (index < broken) add({ name, ok: true, ms: 0, detail: 'ok' });
      else add({ name, ok: false, skipped: true, ms: 0, detail: NO_WAY });
    }
    return undefined;
  }
}

/** The checks that a connection has passed. What its way does not tell of was looked at by the system's own client. */
function passed({ connectSteps, id }: Connection): readonly MachineCheck[] {
  const last = connectSteps.at(-1)?.hop ?? id;
  const own = connectSteps.filter(({ hop, outcome }) => hop === last && outcome === 'ok');
  const hops = [...new Set(connectSteps.map(({ hop }) => hop))].filter((hop) => hop !== last);
  const via = hops.length === 0 ? '' : `, by way of ${hops.join(', ')}`;
  const step = (...phases: readonly string[]): { ms: number; detail: string } => {
    const found = own.filter(({ phase }) => phases.includes(phase));
    return { ms: found.reduce((sum, { ms }) => sum + ms, 0), detail: oneLine(found.at(-1)?.detail ?? 'ok') };
  };
  return [
    { name: 'reach', ok: true, ms: step('resolve', 'tcp', 'banner', 'kex').ms, detail: oneLine(`${last}${via}`) },
    { name: 'host key', ok: true, ...step('hostkey') },
    { name: 'login', ok: true, ...step('auth') },
  ];
}

function stepOf(error: HawserError): (typeof WAY)[number] {
  if (error instanceof HostKeyError) return 'host key';
  if (error instanceof AuthError) return 'login';
  const phase = error instanceof ConnectError || error instanceof TimeoutError ? error.phase : undefined;
  if (phase === 'hostkey') return 'host key';
  return phase === 'auth' || phase === 'session' ? 'login' : 'reach';
}

/** Text of a machine's, or of an error about it, as it may be shown. */
function oneLine(text: string): string {
  return visible(text.trim().replaceAll(/\s+/gu, ' '));
}
