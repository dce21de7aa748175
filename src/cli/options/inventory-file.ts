import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the inventory is unless `--inventory` says otherwise (XDG Base Directory Specification). */
export function inventoryFile(env: Readonly<Record<string, string | undefined>>): string {
  const config = env['XDG_CONFIG_HOME'];
  return join(config === undefined || config === '' ? join(homedir(), '.config') : config, 'hawser', 'inventory.yaml');
}
