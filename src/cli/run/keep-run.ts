import { visible } from '../../core/visible.js';
import type { Context } from '../context.js';
import type { KnownHost, RunKeeper } from '../runs/run-keeper.js';
import type { RunFlags } from './run-flags.js';

/** What keeps a run; `undefined` where that is not wanted (`--no-record`, `HAWSER_NO_RECORD`). */
export async function makeKeeper(
  hosts: readonly KnownHost[],
  command: string,
  flags: RunFlags,
  { env }: Context,
): Promise<RunKeeper | undefined> {
  const without = !['', '0', undefined].includes(env['HAWSER_NO_RECORD']);
  if (without || !flags.record) return undefined;
  const { RunKeeper: Keeper } = await import('../runs/run-keeper.js');
  return new Keeper(hosts, command, flags);
}

/** Keeps a run. That it cannot be kept changes nothing about what it came to. */
export function keepRun(keeper: RunKeeper | undefined, context: Context, interrupted: boolean): void {
  try {
    keeper?.save(context, interrupted);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.output.note(`Cannot keep this run: ${visible(why)} (--no-record does without)\n`);
  }
}
