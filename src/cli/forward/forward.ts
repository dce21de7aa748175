import { setMaxListeners } from 'node:events';
import type { Connection } from '../../connection/connection.js';
import { createConnection } from '../../connection/create-connection.js';
import { outcomeOf } from '../../connection/results/outcome-of.js';
import type { ReconnectOptions } from '../../core/backoff.js';
import { HawserError } from '../../core/hawser-error.js';
import type { ForwardSpec } from '../../inventory/forward-spec.js';
import type { Forward } from '../../remote/forward/forward.js';
import type { Context } from '../context.js';
import { askCredentials } from '../options/ask-credentials.js';
import { formatDuration } from '../options/duration.js';
import { makeTarget, targetFields } from '../options/make-targets.js';
import { loadInventory } from '../options/select-hosts.js';
import { describeFailure } from '../run/describe-failure.js';
import { trustFlags } from '../run/run-flags.js';
import { Interrupts } from '../terminal/interrupts.js';
import type { Output } from '../terminal/output.js';
import { oneLine } from '../terminal/text.js';
import { type ForwardFlags, forwardSpecs } from './forward-flags.js';
import { forwardJson, forwardLine } from './forward-view.js';

/**
 * `hawser forward`: opens all forwards, says where they listen, and carries until it is interrupted or the link is lost.
 *
 * @returns the exit status: that of the signal, since nothing else ends it in order; 1 where the link was lost or nothing
 *   could be opened.
 * @throws OptionError, ParseError for what cannot be meant.
 */
export async function forward(host: string, flags: ForwardFlags, context: Context): Promise<number> {
  const specs = forwardSpecs(flags);
  const inventory = await loadInventory(flags.inventory, context.env);
  const credentials = await askCredentials(flags, context.prompt, 1);
  const target = { ...credentials(host), ...makeTarget(host, targetFields(flags), inventory) };
  const { output } = context;
  const stop = new AbortController();
  // Each forward listens.
  setMaxListeners(0, stop.signal);
  using interrupts = Interrupts.abort(stop, output);
  await using connection = createConnection(target, undefined, { reconnect: reconnectOptions(flags) });
  if (flags.quiet !== true) tellReconnects(connection, output);
  try {
    const forwards = await openAll(connection, specs, stop.signal);
    for (const one of forwards) show(one, connection.key, flags, context);
    const reason = await Promise.race(forwards.map(({ ended }) => ended));
    if (reason !== undefined && !stop.signal.aborted) throw reason;
  } catch (error) {
    if (stop.signal.aborted) return interrupts.status ?? 1;
    if (!(error instanceof HawserError)) throw error;
    const failed = { key: connection.key, outcome: outcomeOf(error), durationMs: 0, error };
    const { what, next } = describeFailure(failed, trustFlags(flags));
    const { err: paint } = context.paints(flags);
    output.note(
      `${oneLine(connection.key)} ${paint.bad(`✗ ${what}`)}${next === undefined ? '' : `  → ${oneLine(next)}`}\n`,
    );
  }
  return interrupts.status ?? 1;
}

function reconnectOptions({ reconnect }: ForwardFlags): ReconnectOptions | false {
  if (reconnect === undefined) return false;
  return reconnect === true ? {} : { attempts: reconnect };
}

/** Says that the link is lost, which attempt comes when, and that it is there again. */
function tellReconnects(connection: Connection, output: Output): void {
  const name = oneLine(connection.key);
  connection.on('reconnecting', ({ attempt, delay, reason }) => {
    output.note(`${name}: ${oneLine(reason.message)} Attempt ${attempt} in ${formatDuration(delay)}.\n`);
  });
  connection.on('reconnected', () => output.note(`${name}: connected again.\n`));
}

/** Opens them one after the other, all or none: who reads that they are there can use each. */
async function openAll(connection: Connection, specs: readonly ForwardSpec[], signal: AbortSignal): Promise<Forward[]> {
  const forwards: Forward[] = [];
  for (const spec of specs) forwards.push(await connection.forward({ ...spec, signal }));
  return forwards;
}

function show(one: Forward, key: string, flags: ForwardFlags, { output }: Context): void {
  output.write(`${flags.json === true ? forwardJson(one, key) : forwardLine(one, key)}\n`);
  if (flags.quiet !== true) one.on('error', (error) => output.note(`${oneLine(key)}: ${oneLine(error.message)}\n`));
}
