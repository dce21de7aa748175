import { homedir } from 'node:os';

/** Text with this user's home directory written as `~`, as people write it. */
export function withTilde(text: string): string {
  const home = homedir();
  return home === '/' || home === '' ? text : text.replaceAll(`${home}/`, '~/');
}
