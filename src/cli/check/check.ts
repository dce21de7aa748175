import type { Connection } from '../../connection/connection.js';
import { Fleet } from '../../fleet/fleet.js';
import type { SshConfig } from '../../inventory/ssh-config/ssh-config.js';
import type { Target } from '../../inventory/target.js';
import type { Context } from '../context.js';
import { askCredentials } from '../options/ask-credentials.js';
import { makeTarget, targetFields } from '../options/make-targets.js';
import { requireHosts } from '../options/select-hosts.js';
import { trustFlags } from '../run/run-flags.js';
import { Interrupts } from '../terminal/interrupts.js';
import type { CheckFlags } from './check-flags.js';
import { type Finding, probe } from './probe.js';
import { reportLines } from './report.js';

/**
 * `hawser check`: connects to each host, tries what the other commands need, and shows how far it got.
 *
 * @returns the exit status: 0 if nothing failed on any host.
 * @throws OptionError, ParseError for what cannot be meant.
 */
export async function check(expressions: readonly string[], flags: CheckFlags, context: Context): Promise<number> {
  const { output } = context;
  await using fleet = await fleetToCheck(expressions, flags, context);
  const names = [...fleet.keys()];
  const config = await loadConfig(Array.from(fleet.values(), ({ target }) => target));
  const stop = new AbortController();
  using interrupts = Interrupts.abort(stop, output);
  const { out: paint } = context.paints(flags);
  let failed = false;
  const width = names.reduce((most, name) => Math.max(most, name.length), 0);
  const run = fleet.each((connection, _key, { signal }) => probe(connection, signal), { signal: stop.signal });
  for await (const { key, value, error } of run) {
    const connection: Connection | undefined = fleet.get(key);
    const target = connection?.target;
    const findings: readonly Finding[] = value ?? [];
    const lines = reportLines({
      key,
      width,
      steps: connection?.connectSteps ?? [],
      findings,
      error,
      settings: target === undefined ? [] : settingsOf(target, config),
      trustFlags: trustFlags(flags),
      paint,
    });
    output.write(lines.map((line) => `${line}\n`).join(''));
    failed ||= error !== undefined || findings.some(({ ok }) => !ok);
  }
  return interrupts.status ?? (failed ? 1 : 0);
}

async function fleetToCheck(expressions: readonly string[], flags: CheckFlags, context: Context): Promise<Fleet> {
  if (flags.testbed !== undefined) {
    const { testbedFleet } = await import('../options/testbed-fleet.js');
    return testbedFleet(flags.testbed, { ...flags, hosts: [...(flags.hosts ?? []), ...expressions] }, context);
  }
  const { hosts, inventory } = await requireHosts(expressions, flags, context.selection(flags.sshConfig));
  const fields = targetFields(flags);
  const names = [...hosts];
  const credentials = await askCredentials(flags, context.prompt, names.length);
  return new Fleet(names.map((name) => ({ ...credentials(name), ...makeTarget(name, fields, inventory) })));
}

/** The ssh_config that all of the targets share; `undefined` for none. */
async function loadConfig(targets: readonly Target[]): Promise<SshConfig | undefined> {
  const choice = targets[0]?.sshConfig ?? true;
  if (choice === false) return undefined;
  const { SshConfig: Reader } = await import('../../inventory/ssh-config/ssh-config.js');
  return Reader.load(choice === true ? undefined : choice);
}

/** Where ssh_config decided the way to a host: `~/.ssh/config:31 says Port 22`. */
function settingsOf({ host, port, username }: Target, config: SshConfig | undefined): string[] {
  const found = config?.resolve({
    host,
    ...(port === undefined ? {} : { port }),
    ...(username === undefined ? {} : { username }),
  });
  if (found === undefined) return [];
  const decided: readonly (readonly [string, string | undefined])[] = [
    ['HostName', found.hostName],
    ['Port', port === undefined ? found.port?.toString() : undefined],
    ['User', username === undefined ? found.user : undefined],
    ['ProxyJump', found.proxyJump?.map((hop) => hop.host).join(',')],
    ['ProxyCommand', found.proxyCommand],
  ];
  return decided.flatMap(([keyword, value]) => {
    const source = found.source(keyword);
    return source === undefined || value === undefined
      ? []
      : [`${source.file}:${source.line} says ${keyword} ${value}`];
  });
}
