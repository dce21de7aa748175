import { exitWords } from '../../connection/results/failure-words.js';
import { quote } from '../../core/quote.js';
import { visible } from '../../core/visible.js';
import { HostSet } from '../../inventory/host-set/host-set.js';
import { formatDuration } from '../options/duration.js';
import type { Output } from '../terminal/output.js';
import type { Paint } from '../terminal/paint.js';
import { clipped, columnsOf, counted, oneLine, padded } from '../terminal/text.js';
import type { HostRecord, KeptText, RunRecord } from './run-record.js';

const WITHHELD = '(not kept: it looked as if it held a secret)';
const WIDEST_NAME = 40;

/** Shows a run a line, the newest first. */
export function showRuns(runs: readonly RunRecord[], output: Output, paint: Paint): void {
  const rows = runs.map((run) => {
    const failed = run.hosts.filter(({ ok }) => !ok).length;
    return {
      failed,
      id: run.id,
      when: localTime(run.at),
      hosts: `${run.hosts.length - failed} of ${run.hosts.length} ok`,
      took: formatDuration(run.durationMs),
      command: oneLine(run.command ?? WITHHELD),
    };
  });
  const widest = (title: string, texts: readonly string[]): number =>
    texts.reduce((most, text) => Math.max(most, text.length), title.length);
  const id = widest(
    'RUN',
    rows.map((row) => row.id),
  );
  const when = widest(
    'WHEN',
    rows.map((row) => row.when),
  );
  const hosts = widest(
    'HOSTS',
    rows.map((row) => row.hosts),
  );
  const took = widest(
    'TIME',
    rows.map((row) => row.took),
  );
  const left = Math.max(10, output.columns - id - when - hosts - took - 8);
  const title = [padded('RUN', id), padded('WHEN', when), padded('HOSTS', hosts), 'TIME'.padStart(took), 'COMMAND'];
  output.write(`${paint.dim(title.join('  '))}\n`);
  for (const row of rows) {
    const command = output.isTerminal ? clipped(row.command, left) : row.command;
    const words = [
      row.id,
      padded(row.when, when),
      paint[row.failed === 0 ? 'good' : 'bad'](padded(row.hosts, hosts)),
      row.took.padStart(took),
      command,
    ];
    output.write(`${words.join('  ')}\n`);
  }
}

/** Shows all that is kept of a run. */
export function showRun(run: RunRecord, output: Output, paint: Paint): void {
  const { id, at, durationMs, command, interrupted, hosts } = run;
  const how = interrupted ? paint.bad(' · interrupted') : '';
  output.write(`${paint.bold(id)} · ${localTime(at)} · ${formatDuration(durationMs)}${how}\n`);
  output.write(`${paint.dim('$')} ${oneLine(commandLine(run))}${command === null ? ` ${paint.dim(WITHHELD)}` : ''}\n`);
  const name = hosts.reduce((most, { key }) => Math.max(most, columnsOf(shortName(key))), 0);
  for (const [index, host] of hosts.entries()) {
    const { ok, outcome, durationMs: took } = host;
    const time = outcome === 'skipped' ? '' : ` ${paint.dim(`· ${formatDuration(took)}`)}`;
    const why = host.error === undefined ? '' : `  ${oneLine(host.error.message).replace(/^Not started: /, '')}`;
    const state = paint[ok ? 'good' : 'bad'](stateOf(host));
    output.write(`${paint.host(index, padded(shortName(host.key), name))}  ${state}${time}${why}\n`);
    if (host.output === undefined) continue;
    showText(host.output.stdout, '│', output, paint);
    showText(host.output.stderr, '!', output, paint);
  }
  const failed = hosts.filter(({ ok }) => !ok).length;
  if (failed > 0) output.note(`${counted(failed, 'host')} failed: hawser run --retry-failed ${id}\n`);
}

/** The command line that would do the same, as far as it is kept. */
function commandLine({ hosts, reach, how, env, stdin, command }: RunRecord): string {
  const words = [
    ...['hawser', 'run', '-H', String(HostSet.of(hosts.map(({ key }) => key)))],
    ...[...reach, ...how],
    ...env.flatMap((name) => ['--env', `${name}=…`]),
    ...(stdin ? ['--stdin'] : []),
    '--',
  ];
  return `${words.map(readable).join(' ')}${command === null ? '' : ` ${quote(command)}`}`;
}

function stateOf({ ok, outcome, status, signal }: HostRecord): string {
  if (ok) return 'ok';
  if (outcome === 'exit') return exitWords(status);
  if (outcome === 'signal') return oneLine(signal ?? 'signal');
  return outcome === 'skipped' ? 'not started' : oneLine(outcome);
}

function showText({ text, encoding, truncated }: KeptText, mark: string, output: Output, paint: Paint): void {
  const lines = (encoding === 'utf8' ? text : Buffer.from(text, 'base64').toString()).split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (truncated) output.write(`  ${paint.dim(mark)} ${paint.dim('…')}\n`);
  for (const line of lines) output.write(`  ${paint.dim(mark)} ${visible(line.replace(/\r$/, ''))}\n`);
}

function shortName(key: string): string {
  return clipped(oneLine(key), WIDEST_NAME);
}

/** Quoted where a shell would make something else of it. */
function readable(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quote(word);
}

/** `2026-11-22 08:15:30`, on the clock on the wall. */
function localTime(at: string): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
