import type { Context } from '../context.js';
import { jsonText } from '../terminal/json.js';
import { writeJsonList } from '../terminal/json-list.js';
import { oneLine } from '../terminal/text.js';
import { RunStore, runsDirectory } from './run-store.js';
import type { RunsFlags } from './runs-flags.js';
import { showRun, showRuns } from './runs-view.js';

/**
 * `hawser runs`: without a name all runs that are kept, with one that run.
 *
 * @returns the exit status: 0, whatever the runs came to.
 * @throws OptionError for a run that is not there.
 */
export async function runs(id: string | undefined, flags: RunsFlags, context: Context): Promise<number> {
  const { output } = context;
  const paint = context.paints(flags).out;
  const store = new RunStore(runsDirectory(context.env));
  if (id !== undefined) {
    const { run } = await store.find(id);
    if (flags.output === 'json') output.write(`${jsonText(run)}\n`);
    else showRun(run, output, paint);
    return 0;
  }
  const { runs: kept, faults } = await store.list();
  for (const fault of faults) output.note(`hawser: ${oneLine(fault)}\n`);
  if (flags.output === 'json') {
    writeJsonList(output, 'runs', kept);
  } else if (kept.length > 0) showRuns(kept, output, paint);
  else output.note(`No run is kept in ${oneLine(store.directory)}.\n`);
  return 0;
}
