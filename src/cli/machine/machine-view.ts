import { isSecretName } from '../../core/secret-name.js';
import { formatTarget } from '../../inventory/format-target.js';
import type { MachineRecord } from '../../inventory/machines/machine-record.js';
import type { ListedMachine } from '../../jobs/machine-directory.js';
import type { MachineCheck } from '../../jobs/machine-report.js';
import { formatMilliseconds } from '../options/duration.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import { withTilde } from '../terminal/paths.js';
import { columnsOf, oneLine, padded } from '../terminal/text.js';

const TITLES = ['MACHINE', 'WHERE', 'SCHEDULER', 'WORKDIR'] as const;
const HIDDEN = '[secret]';
/** Of the names of checks. */
const LONGEST_NAME = 'scheduler'.length;

/** A machine as it may be shown: variables that are called like secrets are not. */
export function machineRecord(record: MachineRecord): MachineRecord {
  const { env } = record;
  if (env === undefined) return record;
  const shown = Object.entries(env).map(([name, value]) => [name, isSecretName(name) ? HIDDEN : value]);
  return { ...record, env: Object.fromEntries(shown) };
}

/** Shows machines as a table; what is wrong with one stands in place of the rest of its line. */
export function showMachines(machines: readonly ListedMachine[], output: Output, paint: Paint): void {
  const rows = machines.map(cellsOf);
  const widths = TITLES.map((title, column) =>
    rows.reduce((most, cells) => Math.max(most, columnsOf(cells[column] ?? '')), title.length),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => padded(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  output.write(`${paint.dim(line(TITLES))}\n`);
  for (const [index, { error }] of machines.entries()) {
    const cells = rows[index] ?? [];
    const wrong = error === undefined ? '' : `  ${paint.bad(`✗ ${withTilde(oneLine(error.message))}`)}`;
    output.write(`${error === undefined ? line(cells) : padded(cells[0] ?? '', widths[0] ?? 0)}${wrong}\n`);
  }
}

function cellsOf({ name, isDefault, record }: ListedMachine): readonly string[] {
  const called = oneLine(isDefault ? `${name} *` : name);
  if (record === undefined) return [called];
  return [called, oneLine(placeOf(record)), record.scheduler, oneLine(record.workdir)];
}

/** `ada@login.hpc.example:2222`; for a local one that it is. */
export function placeOf({ execution, host, port, username }: MachineRecord): string {
  if (execution === 'local' || host === undefined) return 'this machine';
  return formatTarget({
    host,
    ...(port === undefined ? {} : { port }),
    ...(username === undefined ? {} : { username }),
  });
}

/** A check on one line: what was found, and how long that took. On a second one: what to do about it. */
export function checkLines({ name, ok, ms, detail, advice }: MachineCheck, paint: Paint): readonly string[] {
  const words = withTilde(oneLine(detail));
  const called = padded(name, LONGEST_NAME);
  if (ok) return [`${paint.good('✓')} ${called}  ${words}${ms === 0 ? '' : paint.dim(` · ${formatMilliseconds(ms)}`)}`];
  const first = paint.bad(`✗ ${called}  ${words}`);
  return advice === undefined ? [first] : [first, `  ${' '.repeat(LONGEST_NAME)}  → ${oneLine(advice)}`];
}
