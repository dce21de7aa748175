import type { CommandResult } from '../../core/command-result.js';
import { Fleet } from '../../fleet/fleet.js';
import { startTestFleet } from '../../testing/test-fleet.js';
import type { Context } from '../context.js';
import type { TerminalFlags } from '../options/terminal-options.js';
import { FoldView } from '../run/fold-view.js';
import type { ViewOptions } from '../run/run-view.js';
import { StreamView } from '../run/stream-view.js';
import { summaryLine, Tally } from '../run/summary.js';
import { Interrupts } from '../terminal/interrupts.js';
import type { Paint } from '../terminal/paint.js';
import { TransferTally, totalsLine } from '../transfer/transfer-summary.js';
import { makeView, type TransferViewOptions } from '../transfer/transfer-views.js';

const HOSTS = [
  { name: 'web01', env: { APP: '2.4.1', DISK: '41' } },
  { name: 'web02', env: { APP: '2.4.1', DISK: '38' } },
  { name: 'web03', env: { APP: '2.3.9', DISK: '97' } },
  { name: 'db1', env: { APP: '2.4.1', DISK: '63' } },
  { name: 'db2', env: { APP: '2.4.1', DISK: '12' }, faults: { onConnect: 'close' } },
] as const;

const CHECK = 'echo "disk $DISK % full"; test "$DISK" -lt 90';
const VERSION = 'echo "app $APP"';
const CONF = 'workers = 4\n';

const CODE = `import { MultiConnection } from 'hawser';
import { startTestFleet } from 'hawser/testing';

await using servers = await startTestFleet({ hosts: 5 });          // or your own: ['web01', 'web02', 'me@db1:2222']
await using fleet = new MultiConnection(servers.targets);

for await (const { key, ok, outcome, stdout } of fleet.execute('uname -sr')) {
  console.log(key, ok ? stdout.trim() : outcome);                  // each host as it is done
}
const all = await fleet.execute('uname -sr');
for (const { hosts, output } of all.succeeded.fold()) {
  console.log(\`\${hosts}: \${output.trim()}\`);                       // each distinct output once
}
await fleet.sftpWriteData('workers = 4\\n', 'app.conf');           // whole on each host, or not there at all
`;

/**
 * `hawser demo`: five SSH servers inside this process, a command that fails on some of them, one whose output is
 * folded, and a file for all. What it shows is what `hawser run` and `hawser put` show.
 *
 * @returns the exit status: 0, however the hosts of the demo fare.
 */
export async function demo(flags: TerminalFlags, context: Context): Promise<number> {
  const { output } = context;
  const { out: paint, err } = context.paints(flags);
  const stop = new AbortController();
  using interrupts = Interrupts.abort(stop, output);
  const title = (text: string): void => output.write(`${paint.dim('$')} ${paint.bold(text)}\n`);
  output.write(`Five SSH servers inside this process, on 127.0.0.1. db2 turns everybody away.\n\n`);
  await using servers = await startTestFleet({ hosts: HOSTS });
  await using fleet = new Fleet(servers.targets);
  const options: ViewOptions = { output, paint, keys: [...fleet.keys()], raw: false, trustFlags: [] };
  const { signal } = stop;

  title(`hawser run -H 'web[01-03],db[1-2]' -- '${CHECK}'`);
  const begun = performance.now();
  const tally = new Tally();
  const view = new StreamView(options);
  for await (const event of fleet.stream(CHECK, { encoding: 'buffer', signal })) {
    view.event(event);
    if (event.type === 'exit' || event.type === 'error') tally.add(event.result);
  }
  view.end();
  output.write(`${summaryLine(tally.summary(fleet.size, performance.now() - begun, signal.aborted), err)}\n\n`);

  title(`hawser run -H 'web[01-03],db[1-2]' --output fold -- '${VERSION}'`);
  const results: CommandResult[] = [...(await fleet.execute(VERSION, { signal })).values()];
  new FoldView(options).end(results);

  output.write('\n');
  title(`hawser put -H 'web[01-03],db[1-2]' app.conf .`);
  await put(fleet, { output, paint, keys: options.keys, action: 'put', trustFlags: [] }, err, signal);

  output.write(`\n${paint.dim('The same in TypeScript:')}\n\n${CODE}`);
  return interrupts.status ?? 0;
}

async function put(fleet: Fleet, o: TransferViewOptions, paint: Paint, signal: AbortSignal): Promise<void> {
  const begun = performance.now();
  const tally = new TransferTally();
  const view = makeView('lines', o);
  for await (const result of fleet.sftpWriteData(CONF, 'app.conf', { signal })) {
    view.result(result);
    tally.add(result);
  }
  const durationMs = performance.now() - begun;
  const totals = tally.totals({ total: fleet.size, dryRun: false, durationMs, interrupted: signal.aborted });
  o.output.write(`${totalsLine(totals, { action: 'put', overwrite: undefined }, paint)}\n`);
}
