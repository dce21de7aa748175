import { OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';

/**
 * A path of the machine as one word for `sh`: `~` and `~/…` mean the far home, a relative one can be no option. Throws
 * {@link OptionError} for an empty path, and for one with a NUL.
 */
export function farPath(path: string): string {
  if (path === '') throw new OptionError('Expected a path on the machine, got an empty one.');
  if (path === '~') return '"$HOME"';
  if (path.startsWith('~/')) return `"$HOME"/${quote(path.slice(2))}`;
  return quote(path.startsWith('/') ? path : `./${path}`);
}

/** {@link farPath}, made absolute by the directory in which the shell was started. */
export function absoluteFarPath(path: string): string {
  const word = farPath(path);
  return path.startsWith('/') || path.startsWith('~') ? word : `"$PWD"/${quote(path)}`;
}
