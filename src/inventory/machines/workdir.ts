/** What no path may hold that is written into scripts and lists. */
const CONTROL = /[\u0000-\u001f\u007f]/u;

/** Either the path from which all work of a machine begins, or what is wrong with it in words that follow a colon. */
export type WorkdirReading = { readonly path: string } | { readonly fault: string };

/**
 * Reads a machine's working directory: an absolute path, or one from the home directory on (`~`, `~/runs`, `runs`, `./`).
 * It comes back absolute or beginning with `~`, without needless slashes and dots.
 */
export function readWorkdir(text: string): WorkdirReading {
  if (text.trim() === '') return { fault: 'it is empty; write a directory such as ~/runs' };
  if (CONTROL.test(text)) return { fault: 'it holds a control character' };
  if (/^~[^/]/u.test(text)) return { fault: "another user's home is written as a whole path, such as /home/ada/runs" };
  const parts = text.split('/');
  if (parts.includes('..')) return { fault: 'it holds "..": write the path that is meant' };
  const names = parts.filter((part, index) => part !== '' && part !== '.' && !(index === 0 && part === '~'));
  const start = text.startsWith('/') ? '' : '~';
  return { path: names.length === 0 && start === '' ? '/' : [start, ...names].join('/') };
}
