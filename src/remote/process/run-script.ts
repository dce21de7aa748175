import { CallScope } from '../../core/deadline.js';
import { TimeoutError } from '../../core/errors.js';
import { inTime } from '../../core/in-time.js';
import type { Transport } from '../../transport/contract.js';
import { SecondConnection } from '../second-connection.js';
import type { Site } from '../site.js';
import type { Script } from './kill-script.js';
import type { RunPlan } from './options.js';
import { RunningCommand } from './running-command.js';

/** How long a channel may take to open, in milliseconds: the server may have none left. */
const CHANNEL_PATIENCE = 1000;
/** How long the end of a script that has answered is waited for, in milliseconds. */
const LAST_WORDS = 1000;

/**
 * Runs a script of ours as the user that a command runs as, beside that command: on its connection, or where that has no
 * channel left on a second one.
 *
 * @param limit how long the script may take, in milliseconds.
 * @returns what it said; `undefined` where it could not be run.
 */
export async function runScript(site: Site, script: Script, plan: RunPlan, limit: number): Promise<string | undefined> {
  const run = (transport: Transport): Promise<string | undefined> => runOn(transport, site, script, plan, limit);
  const second = site.second ?? new SecondConnection(site.key);
  return (await run(site.transport)) ?? (await second.use(site.transport, run));
}

async function runOn(
  transport: Transport,
  site: Site,
  script: Script,
  plan: RunPlan,
  limit: number,
): Promise<string | undefined> {
  const aside: RunPlan = { ...plan, cwd: undefined, env: undefined, pty: undefined, signal: undefined };
  using opening = new CallScope(undefined, CHANNEL_PATIENCE, () => noChannel(site));
  try {
    const o = { signal: opening.signal, mayBeEnded: false };
    const running = await RunningCommand.start({ ...site, transport }, script.line, aside, o);
    let said = '';
    const answered = new Promise<void>((resolve) => {
      const hear = (chunk: Buffer): void => {
        said += chunk.toString('latin1');
        if (said.includes('\n')) resolve();
      };
      running.listen(hear, () => {});
    });
    if (running.readsAtOnce) running.channel.stdin.end(script.input);
    else void running.started.then(() => running.channel.stdin.end(script.input));
    const ended = running.ended();
    await inTime(Promise.race([answered, ended]), limit);
    // Its word is its last. The server closes the channel itself: dropbear 2022.83 refuses the next command otherwise.
    await inTime(ended, LAST_WORDS);
    running.channel.close();
    return said === '' ? undefined : said;
  } catch {
    // No channel, no permission, no shell: the caller has other means, and says "unknown" if they fail too.
    return undefined;
  }
}

function noChannel(site: Site): TimeoutError {
  return new TimeoutError(`No channel to ${site.key} was free within ${CHANNEL_PATIENCE} ms.`, {
    phase: 'kill',
    ms: CHANNEL_PATIENCE,
  });
}
