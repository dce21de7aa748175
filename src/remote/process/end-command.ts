import { inTime } from '../../core/in-time.js';
import type { Site } from '../site.js';
import { endScript } from './kill-script.js';
import type { RunPlan } from './options.js';
import { runScript } from './run-script.js';
import type { RunningCommand } from './running-command.js';

/** How long the process id may take to come, in milliseconds: start-up files of a login shell may be slow. */
const PID_PATIENCE = 5000;
/** How long the end of a killed process may take to be reported. */
const LAST_WORDS = 2000;
/** What the script may take beyond the grace. */
const SCRIPT_TIME = 5000;

/**
 * Ends a command on the far machine, with its children: first `killSignal`, `KILL` after `killGrace`. It is done by a
 * script that looks for them by process id; SSH's own signal (RFC 4254 §6.9) reaches them only where the server wants it
 * to, and serves where the script cannot be had. Then the channel is freed, whatever became of it.
 *
 * @returns `'confirmed'` if the end was seen.
 */
export async function endCommand(site: Site, command: RunningCommand, plan: RunPlan): Promise<'confirmed' | 'unknown'> {
  const { channel } = command;
  const over = channel.exited.then(
    () => true,
    () => false,
  );
  try {
    if (command.waitsForPassword) channel.stdin.end();
    await inTime(command.started, PID_PATIENCE);
    if (command.waitsForPassword && (await inTime(over, 0)) === true) return 'confirmed';
    let gone = await endByScript(site, command, plan);
    if (gone === undefined) {
      const wasUnknown = command.process === undefined;
      if (await endBySignal(command, plan, over)) return 'confirmed';
      // The command may have begun meanwhile.
      if (wasUnknown) gone = await endByScript(site, command, plan);
    }
    if (gone !== true) return 'unknown';
    // Nothing writes any more: what is left to read is what the channel holds.
    command.drain();
    const closed = await inTime(over, LAST_WORDS);
    // One that stays open is held by somebody whom the script did not find.
    return closed === undefined ? 'unknown' : 'confirmed';
  } finally {
    command.drain();
    channel.close();
  }
}

/** Whether the script saw them gone; `undefined` where it could not be run. */
async function endByScript(site: Site, command: RunningCommand, plan: RunPlan): Promise<boolean | undefined> {
  if (command.process === undefined) return undefined;
  const script = endScript(command.process, plan.killSignal, plan.killGrace);
  return (await runScript(site, script, plan, plan.killGrace + SCRIPT_TIME))?.includes('gone');
}

/** Whether the channel came to its end after a signal. */
async function endBySignal(command: RunningCommand, plan: RunPlan, over: Promise<boolean>): Promise<boolean> {
  const { channel } = command;
  channel.signal(plan.killSignal);
  if ((await inTime(over, plan.killGrace)) === true) return true;
  channel.signal('KILL');
  return (await inTime(over, LAST_WORDS)) === true;
}
