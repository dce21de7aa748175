import { join } from 'node:path';
import { configDirectory } from '../../core/home.js';

/** Where the inventory is unless `--inventory` says otherwise (XDG Base Directory Specification). */
export function inventoryFile(env: Readonly<Record<string, string | undefined>>): string {
  return join(configDirectory(env), 'inventory.yaml');
}
