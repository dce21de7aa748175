import type { Command, Option } from 'commander';
import type { Context } from '../context.js';
import { loadInventory } from '../options/select-hosts.js';

/** The commands whose plain arguments are hosts. */
const TAKE_HOSTS = new Set(['hosts', 'check', 'trust', 'forward', 'start']);
/** The options whose value is a host, by the short names that they have in every command. */
const HOST_OPTIONS = new Set(['-H', '-x', '-J']);

/**
 * The words that may stand in the place of the last one, which may be begun: commands, options, their choices, hosts and
 * groups. None where a shell knows better: files.
 */
export async function complete(words: readonly string[], program: Command, context: Context): Promise<string[]> {
  const last = words.at(-1) ?? '';
  const candidates = await candidatesFor(words, program, context);
  return candidates.filter((word) => word.startsWith(last));
}

async function candidatesFor(words: readonly string[], program: Command, context: Context): Promise<string[]> {
  const [name = '', ...rest] = words;
  if (words.length < 2) return program.commands.map((command) => command.name()).filter((one) => !one.startsWith('_'));
  const command = program.commands.find((one) => one.name() === name);
  if (command === undefined || rest.slice(0, -1).includes('--')) return [];
  // Of a command that has commands of its own, those are completed as those of the program are.
  if (command.commands.length > 0) return candidatesFor(rest, command, context);
  const last = rest.at(-1) ?? '';
  const before = optionOf(command, rest.at(-2));
  if (before?.required === true) return valuesOf(before, last, context);
  if (last.startsWith('-')) {
    return command.options.filter(({ hidden }) => !hidden).map(({ long, short }) => long ?? short ?? '');
  }
  if (name === 'runs' || before?.long === '--retry-failed') return runNames(context);
  if (name === 'close') return sessionNames();
  const taken = argumentAt(command, rest.slice(0, -1));
  if (taken === 'machine') return machineNames(context);
  if (taken === 'job' || taken === 'key') return jobNames(context);
  if (TAKE_HOSTS.has(name)) return hostWords(last, context);
  return command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
}

/** The name of the argument that the next plain word is; words that stand behind an option are none. */
function argumentAt(command: Command, words: readonly string[]): string | undefined {
  const plain = words.filter(
    (word, index) => !word.startsWith('-') && optionOf(command, words[index - 1])?.required !== true,
  );
  const { registeredArguments: all } = command;
  const found = all[plain.length] ?? (all.at(-1)?.variadic === true ? all.at(-1) : undefined);
  return found?.name();
}

function optionOf(command: Command, word: string | undefined): Option | undefined {
  return command.options.find(({ short, long }) => word !== undefined && (word === short || word === long));
}

async function valuesOf(option: Option, last: string, context: Context): Promise<string[]> {
  if (HOST_OPTIONS.has(option.short ?? '')) return hostWords(last, context);
  if (option.long === '--machine') return machineNames(context);
  if (option.long === '--group')
    return (await loadInventory(undefined, context.env).catch(() => undefined))?.groups.slice() ?? [];
  return option.argChoices ?? [];
}

/** The names of the runs that are kept, the newest first. */
async function runNames({ env }: Context): Promise<string[]> {
  const { RunStore, runsDirectory } = await import('../runs/run-store.js');
  const { runs } = await new RunStore(runsDirectory(env)).list().catch(() => ({ runs: [] }));
  return runs.map(({ id }) => id);
}

/** The sessions that are open. */
async function sessionNames(): Promise<string[]> {
  const [{ findBroker }, { sessionName }] = await Promise.all([
    import('../session/find-broker.js'),
    import('../session/session-view.js'),
  ]);
  await using broker = await findBroker().catch(() => undefined);
  return (await broker?.list().catch(() => []))?.map(sessionName) ?? [];
}

/** The machines that are kept. */
async function machineNames({ env }: Context): Promise<string[]> {
  const { MachineDirectory } = await import('../../jobs/machine-directory.js');
  return (await new MachineDirectory(undefined, env).list().catch(() => [])).map(({ name }) => name);
}

/** What jobs are called that were submitted from here: their directories and keys, the last one first. */
async function jobNames({ env }: Context): Promise<string[]> {
  const { journalJobs } = await import('../job/journal-jobs.js');
  return [...new Set((await journalJobs(env)).flatMap(({ directory, key }) => [directory, key]))];
}

/** The hosts that ssh_config spells out and the groups of the inventory, each after the hosts that are written already. */
async function hostWords(last: string, context: Context): Promise<string[]> {
  const written = /^.*[,!&^]/.exec(last)?.[0] ?? '';
  const aliases = await context
    .selection(undefined)
    .aliases()
    .catch(() => []);
  const inventory = await loadInventory(undefined, context.env).catch(() => undefined);
  const groups = (inventory?.groups ?? []).map((group) => `@${group}`);
  return [...aliases, ...groups].map((name) => `${written}${name}`);
}
