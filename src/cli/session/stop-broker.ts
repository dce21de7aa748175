import type { Context } from '../context.js';
import { findBroker } from './find-broker.js';

/**
 * `hawser session stop`.
 *
 * @returns the exit status: 0, also where there was nothing to stop.
 */
export async function stopBroker({ output }: Context): Promise<number> {
  await using broker = await findBroker();
  if (broker === undefined) output.note('No session broker runs.\n');
  else await broker.stop();
  return 0;
}
