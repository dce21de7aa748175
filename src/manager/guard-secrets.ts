import { guarded } from '../core/shown-value.js';
import { isRecord } from './connect-args.js';
import type { ConnectionsBlock } from './connections-block.js';

/**
 * A copy of the paths to a device that can be read, spread and changed as any object, and shows no secret where it is
 * inspected or made into JSON.
 */
export function guardSecrets(connections: ConnectionsBlock): ConnectionsBlock {
  const copy: ConnectionsBlock = {};
  for (const [via, block] of Object.entries(connections)) copy[via] = isRecord(block) ? guarded({ ...block }) : block;
  return guarded(copy);
}
