import { OptionError } from '../../core/hawser-error.js';
import { Machine } from '../../jobs/machine.js';
import { MachineDirectory } from '../../jobs/machine-directory.js';
import type { MachineCheck, MachineReport } from '../../jobs/machine-report.js';
import { SessionCache } from '../../session/session-cache.js';
import type { Context } from '../context.js';
import { askCredentials } from '../options/ask-credentials.js';
import { formatDuration } from '../options/duration.js';
import { Interrupts } from '../terminal/interrupts.js';
import { jsonText } from '../terminal/json.js';
import { StatusLine } from '../terminal/status-line.js';
import { columnsOf, counted, oneLine, padded } from '../terminal/text.js';
import type { MachineTestFlags } from './machine-flags.js';
import { checkLine } from './machine-view.js';

/**
 * `hawser machine test`: looks at each machine, one after the other, and shows each thing when it has been looked at.
 *
 * @returns the exit status: 1 where something is not as jobs need it.
 * @throws what loading a machine throws; AbortError for a question that was not answered.
 */
export async function testMachines(
  names: readonly string[],
  flags: MachineTestFlags,
  context: Context,
): Promise<number> {
  const { output } = context;
  const directory = new MachineDirectory(flags.directory);
  const wanted = await namesToTest(names, flags, directory);
  const found = await Promise.all(wanted.map((name) => directory.load(name)));
  const credentials = await askCredentials(flags, context.prompt, found.length);
  const machines = found.map(({ record }) => new Machine(record, credentials(record.name)));
  const stop = new AbortController();
  using interrupts = Interrupts.abort(stop, output);
  await using sessions = new SessionCache();
  const reports: MachineReport[] = [];
  const width = machines.reduce((most, { name }) => Math.max(most, columnsOf(oneLine(name))), 0);
  const { out: paint } = context.paints(flags);
  for (const machine of machines) {
    const label = oneLine(machine.name);
    let line = paint.bold(padded(label, width));
    const show = (check: MachineCheck): void => {
      // What could not be looked at has no line of its own: why, the one that failed has said.
      if (flags.json === true || check.skipped === true) return;
      output.write(`${line}  ${checkLine(check, paint)}\n`);
      line = ' '.repeat(width);
    };
    using _status = new StatusLine(output, (ms) => `${label}: looking at it, ${formatDuration(ms)}`, !flags.json);
    reports.push(await machine.test({ sessions, signal: stop.signal, onCheck: show }));
    if (flags.json !== true) output.note(summary(label, reports.at(-1)));
  }
  if (flags.json === true) {
    output.write(`{"version":1,"machines":[${reports.map((report) => `\n${jsonText(report)}`).join(',')}\n]}\n`);
  }
  return interrupts.status ?? (reports.every(({ ok }) => ok) ? 0 : 1);
}

/** What was asked for: some, all, or the default, whose name is `undefined`. */
async function namesToTest(
  names: readonly string[],
  { all }: MachineTestFlags,
  directory: MachineDirectory,
): Promise<readonly (string | undefined)[]> {
  if (all !== true) return names.length === 0 ? [undefined] : [...new Set(names)];
  if (names.length > 0) throw new OptionError('Expected names of machines or --all, got both.');
  const listed = await directory.list();
  if (listed.length > 0) return listed.map(({ name }) => name);
  throw new OptionError(`There are no machines in ${directory.path}. hawser machine --help says how to write one.`);
}

function summary(label: string, report: MachineReport | undefined): string {
  const { checks = [] } = report ?? {};
  const failed = checks.filter(({ ok, skipped }) => !ok && skipped !== true).length;
  const skipped = checks.filter((check) => check.skipped === true).length;
  if (failed + skipped === 0) return `${label}: all as jobs need it\n`;
  const left = skipped === 0 ? '' : `, ${skipped} not looked at`;
  return `${label}: ${counted(failed, 'check')} failed${left}\n`;
}
