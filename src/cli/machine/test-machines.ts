import { OptionError } from '../../core/hawser-error.js';
import { Machine } from '../../jobs/machine.js';
import { type ListedMachine, MachineDirectory } from '../../jobs/machine-directory.js';
import type { MachineCheck, MachineReport } from '../../jobs/machine-report.js';
import { SessionCache } from '../../session/session-cache.js';
import type { Context } from '../context.js';
import { askCredentials } from '../options/ask-credentials.js';
import { formatDuration } from '../options/duration.js';
import { Interrupts } from '../terminal/interrupts.js';
import { writeJsonList } from '../terminal/json-list.js';
import type { Paint } from '../terminal/paint.js';
import { withTilde } from '../terminal/paths.js';
import { StatusLine } from '../terminal/status-line.js';
import { columnsOf, counted, oneLine, padded } from '../terminal/text.js';
import type { MachineTestFlags } from './machine-flags.js';
import { checkLines } from './machine-view.js';

/** A machine to test, as far as it could be read. */
type Wanted = Pick<ListedMachine, 'name' | 'record' | 'error'>;

/**
 * `hawser machine test`: looks at each machine, one after the other, and shows each thing when it has been looked at.
 *
 * @returns the exit status: 1 where something is not as jobs need it.
 * @throws what loading a machine that was named throws; AbortError for a question that was not answered.
 */
export async function testMachines(
  names: readonly string[],
  flags: MachineTestFlags,
  context: Context,
): Promise<number> {
  const { output } = context;
  const wanted = await machinesToTest(names, flags, new MachineDirectory(flags.directory));
  const credentials = await askCredentials(flags, context.prompt, wanted.length);
  const stop = new AbortController();
  using interrupts = Interrupts.abort(stop, output);
  await using sessions = new SessionCache();
  const width = wanted.reduce((most, { name }) => Math.max(most, columnsOf(oneLine(name))), 0);
  const { out: paint } = context.paints(flags);
  const results: object[] = [];
  let isOk = true;
  for (const { name, record, error } of wanted) {
    const show = flags.json === true ? () => {} : shower(name, width, paint, context);
    if (record === undefined) {
      isOk = false;
      show([paint.bad(`✗ ${withTilde(oneLine(error?.message ?? 'it cannot be read'))}`)]);
      results.push({ machine: name, ok: false, checks: [], ...(error === undefined ? {} : { error: error.toJSON() }) });
      continue;
    }
    const machine = new Machine(record, credentials(name));
    using _status = new StatusLine(output, (ms) => `${oneLine(name)}: ${formatDuration(ms)}`, flags.json !== true);
    // What could not be looked at has no line of its own: why, the one that failed has said.
    const onCheck = (check: MachineCheck): void => show(check.skipped === true ? [] : checkLines(check, paint));
    const report = await machine.test({ sessions, signal: stop.signal, onCheck });
    isOk &&= report.ok;
    results.push(report);
    if (flags.json !== true) output.note(summary(report));
  }
  if (flags.json === true) {
    writeJsonList(output, 'machines', results);
  }
  return interrupts.status ?? (isOk ? 0 : 1);
}

/** What was asked for: some, the default, or all, of which those that cannot be read keep no other from being tested. */
async function machinesToTest(
  names: readonly string[],
  { all }: MachineTestFlags,
  directory: MachineDirectory,
): Promise<readonly Wanted[]> {
  if (all !== true) {
    const wanted = names.length === 0 ? [undefined] : [...new Set(names)];
    const found = await Promise.all(wanted.map((name) => directory.load(name)));
    return found.map(({ record }) => ({ name: record.name, record }));
  }
  if (names.length > 0) throw new OptionError('Expected names of machines or --all, got both.');
  const listed = await directory.list();
  if (listed.length > 0) return listed;
  throw new OptionError(`There are no machines in ${directory.path}. hawser machine --help says how to write one.`);
}

/** Shows lines about a machine, of which the first has its name before it. */
function shower(name: string, width: number, paint: Paint, { output }: Context): (lines: readonly string[]) => void {
  let before = paint.bold(padded(oneLine(name), width));
  return (lines) => {
    for (const line of lines) {
      output.write(`${before}  ${line}\n`);
      before = ' '.repeat(width);
    }
  };
}

function summary({ machine, checks }: MachineReport): string {
  const label = oneLine(machine);
  const skipped = checks.filter((check) => check.skipped === true).length;
  const failed = checks.filter(({ ok }) => !ok).length - skipped;
  if (failed + skipped === 0) return `${label}: all as jobs need it\n`;
  const left = skipped === 0 ? '' : `, ${skipped} not looked at`;
  return `${label}: ${counted(failed, 'check')} failed${left}\n`;
}
