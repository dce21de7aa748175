import { CallScope, Deadline, pause } from '../../core/deadline.js';
import { ConnectTrace } from '../../core/diagnostics.js';
import { TimeoutError } from '../../core/errors.js';
import type { Transport } from '../../transport/contract.js';
import type { Site } from '../site.js';
import { Collector } from './collector.js';
import { killCommand } from './kill-script.js';
import type { RunPlan } from './options.js';
import { RunningCommand } from './running-command.js';

/** How long the process id may take to come, when a command must end right after its start, in milliseconds. */
const PID_PATIENCE = 2000;
/** How long a channel for the kill may take to open: the server may have none left. */
const CHANNEL_PATIENCE = 1000;
/** How long the end of a killed process may take to be reported. */
const LAST_WORDS = 1000;
/** How long a second connection may take, where the first has no channel for the kill. */
const SECOND_CONNECT = 10_000;

/**
 * Ends a command on the far machine, with its children: first `killSignal`, `KILL` after `killGrace`. It is done by a
 * second command that looks for them by process id; SSH's own signal (RFC 4254 §6.9) reaches them only where the server
 * wants it to, and serves where that command cannot be had. Then the channel is freed, whatever became of it.
 *
 * @returns `'confirmed'` if the end was seen.
 */
export async function endCommand(site: Site, command: RunningCommand, plan: RunPlan): Promise<'confirmed' | 'unknown'> {
  const { channel } = command;
  const over = channel.exited.then(
    () => true,
    () => false,
  );
  let ended = false;
  try {
    await Promise.race([command.started, pause(PID_PATIENCE)]);
    ended = await kill(site, command, plan, over);
    if (ended) await Promise.race([over, pause(LAST_WORDS)]);
  } finally {
    channel.stdout.resume();
    channel.stderr.resume();
    channel.close();
  }
  return ended ? 'confirmed' : 'unknown';
}

async function kill(site: Site, command: RunningCommand, plan: RunPlan, over: Promise<boolean>): Promise<boolean> {
  const { pid } = command;
  if (pid !== undefined && (await killByScript(site.transport, site, pid, plan)) === true) return true;
  if (await killBySignal(command, plan, over)) return true;
  return pid !== undefined && (await killFromAside(site, pid, plan));
}

/** Whether the script saw them gone; `undefined` where it could not be run. */
async function killByScript(
  transport: Transport,
  site: Site,
  pid: number,
  plan: RunPlan,
): Promise<boolean | undefined> {
  const aside: RunPlan = { ...plan, cwd: undefined, env: undefined, pty: undefined, signal: undefined };
  const limit = plan.killGrace + 5000;
  using opening = new CallScope(undefined, CHANNEL_PATIENCE, () => tooLong(CHANNEL_PATIENCE));
  try {
    const line = killCommand(pid, plan.killSignal, plan.killGrace);
    const script = await RunningCommand.start({ ...site, transport }, line, aside, {
      signal: opening.signal,
      mayBeEnded: false,
    });
    const said = new Collector(64);
    script.listen(
      (chunk) => said.add(chunk),
      () => {},
    );
    if (script.readsAtOnce) script.channel.stdin.end();
    else void script.started.then(() => script.channel.stdin.end());
    const done = await Promise.race([script.ended().then(() => true), pause(limit).then(() => false)]);
    if (!done) script.channel.close();
    return said.text('utf8').includes('gone');
  } catch {
    // No channel, no permission, no shell: the caller has other means, and says "unknown" if they fail too.
    return undefined;
  }
}

async function killBySignal(command: RunningCommand, plan: RunPlan, over: Promise<boolean>): Promise<boolean> {
  const { channel } = command;
  channel.stdout.resume();
  channel.stderr.resume();
  channel.signal(plan.killSignal);
  if (await Promise.race([over, pause(plan.killGrace).then(() => false)])) return true;
  channel.signal('KILL');
  return Promise.race([over, pause(LAST_WORDS).then(() => false)]);
}

/** Ends it over a connection of its own, where the command's connection has no channel left and ignores signals. */
async function killFromAside(site: Site, pid: number, plan: RunPlan): Promise<boolean> {
  const transport = site.transport.another?.();
  if (transport === undefined) return false;
  using scope = new CallScope(undefined, SECOND_CONNECT, () => tooLong(SECOND_CONNECT));
  try {
    await transport.connect({
      signal: scope.signal,
      deadline: Deadline.in(SECOND_CONNECT),
      trace: new ConnectTrace(site.key),
    });
    return (await killByScript(transport, site, pid, plan)) === true;
  } catch {
    return false;
  } finally {
    await transport.close();
  }
}

function tooLong(ms: number): TimeoutError {
  return new TimeoutError(`Ending the command took more than ${ms} ms.`, { phase: 'kill', ms });
}
