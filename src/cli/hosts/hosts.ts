import { OptionError } from '../../core/hawser-error.js';
import { visible } from '../../core/visible.js';
import type { HostSet } from '../../inventory/host-set/host-set.js';
import type { Context } from '../context.js';
import { selectHosts } from '../options/select-hosts.js';
import type { HostsFlags } from './hosts-flags.js';

/**
 * `hawser hosts`.
 *
 * @returns the exit status.
 * @throws OptionError, ParseError for what cannot be meant.
 */
export async function hosts(expressions: readonly string[], flags: HostsFlags, context: Context): Promise<number> {
  if (flags.testbed !== undefined)
    return print(await devicesOf(flags.testbed, expressions, flags, context), flags, context);
  const named = expressions.length + [flags.hosts, flags.group, flags.hostsFile].flat().filter(Boolean).length;
  if (named === 0) throw new OptionError("Expected hosts: hawser hosts 'web[01-04]', -g GROUP or -f FILE.");
  const fromStdin = expressions.includes('-') ? ['-'] : [];
  const selection = await selectHosts(
    expressions.filter((expression) => expression !== '-'),
    { ...flags, hostsFile: [...(flags.hostsFile ?? []), ...fromStdin] },
    context.selection(flags.sshConfig),
  );
  return print(selection.hosts, flags, context);
}

/** The devices of a testbed. Nobody is asked for what only connecting to them needs. */
async function devicesOf(
  file: string,
  expressions: readonly string[],
  flags: HostsFlags,
  { env }: Context,
): Promise<HostSet> {
  const [{ loadTestbed }, { selectDevices }, { HostSet: Names }] = await Promise.all([
    import('../../inventory/testbed/load-testbed.js'),
    import('../options/select-devices.js'),
    import('../../inventory/host-set/host-set.js'),
  ]);
  const data = await loadTestbed(file, { env, prompt: () => '' });
  return Names.of(selectDevices(data, flags, expressions));
}

async function print(hosts: HostSet, flags: HostsFlags, context: Context): Promise<number> {
  for (const line of hostsLines(hosts, flags)) {
    context.output.write(`${context.output.isTerminal ? visible(line) : line}\n`);
    await context.output.ready();
    if (context.output.closed) break;
  }
  return 0;
}

/** What `hawser hosts` prints of a set, line by line. Throws {@link OptionError} for flags that exclude each other. */
export function hostsLines(set: HostSet, flags: Pick<HostsFlags, 'fold' | 'count' | 'split'>): Iterable<string> {
  const { fold, count, split } = flags;
  if ([fold, count, split].filter((flag) => flag !== undefined).length > 1) {
    throw new OptionError('Expected one of --fold, --count and --split, got several.');
  }
  if (count === true) return [String(set.size)];
  if (split !== undefined) return set.split(split).map(String);
  if (fold === true) return set.size === 0 ? [] : [String(set)];
  return set;
}
