import { homedir } from 'node:os';

/** A local path with a leading `~` or `~/` replaced by this user's home directory. */
export function expandHome(path: string): string {
  return path.replace(/^~(?=\/|$)/, () => homedir());
}
