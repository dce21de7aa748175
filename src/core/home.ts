import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** A local path with a leading `~` or `~/` replaced by this user's home directory. */
export function expandHome(path: string): string {
  return path.replace(/^~(?=\/|$)/, () => homedir());
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What hawser keeps for this user: `$XDG_STATE_HOME/hawser`, or `~/.local/state/hawser` (XDG Base Directory Specification). */
export function stateDirectory(env: Environment): string {
  return join(absolute(env['XDG_STATE_HOME']) ?? join(homedir(), '.local', 'state'), 'hawser');
}

/** What this user has set for hawser: `$XDG_CONFIG_HOME/hawser`, or `~/.config/hawser`. */
export function configDirectory(env: Environment): string {
  return join(absolute(env['XDG_CONFIG_HOME']) ?? join(homedir(), '.config'), 'hawser');
}

/** A path that is not absolute is to be ignored. */
function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}
