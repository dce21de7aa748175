import { endScript } from '../../remote/process/kill-script.js';
import { planRun } from '../../remote/process/options.js';
import { runScript } from '../../remote/process/run-script.js';
import type { FarProcess, Transport } from '../../transport/contract.js';

/** How long it has between TERM and KILL, in milliseconds. */
const GRACE = 2000;
/** What the script may take beyond that. */
const SCRIPT_TIME = 5000;

/** How often it is tried: a machine that is busy gives no channel at once. */
const TRIES = 3;

/** Ends a process, with its children, whose client has died and can end it no more. */
export async function endOrphan(transport: Transport, key: string, process: FarProcess): Promise<void> {
  const site = { transport, host: key, key };
  const script = endScript(process, 'TERM', GRACE);
  for (let tries = 0; tries < TRIES; tries += 1) {
    if ((await runScript(site, script, planRun({}), GRACE + SCRIPT_TIME)) !== undefined) return;
  }
}
