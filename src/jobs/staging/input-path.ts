import { OptionError } from '../../core/hawser-error.js';
import { bytesFromName, nameFromBytes } from '../../remote/files/names.js';
import { OWN } from '../job-place.js';

/**
 * The path of an input as it is below the job's directory, without empty names and `.`; `''` for the directory itself.
 *
 * @throws OptionError for one that is absolute, leads out by `..`, lies in a `.hawser` of hawser's, has control characters,
 *   or holds half of a character (names that are no UTF-8 are written as `nameFromBytes` does).
 */
export function inputPath(path: string): string {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  const wrong = whatIsWrong(path, names);
  if (wrong === undefined) return names.join('/');
  throw new OptionError(
    `Expected the path of an input to be one below the job's directory, got ${JSON.stringify(path)}, which ${wrong}.`,
  );
}

function whatIsWrong(path: string, names: readonly string[]): string | undefined {
  if (path === '') return 'is empty';
  if (path.startsWith('/')) return 'is absolute';
  if (path === '~' || path.startsWith('~/')) return 'begins at the home directory';
  if (/[\0-\x1f\x7f]/.test(path)) return 'has control characters';
  if (nameFromBytes(bytesFromName(path)) !== path) return 'holds half of a character';
  if (names.includes('..')) return 'leads out of it by ".."';
  if (names.includes(OWN)) return `lies in a "${OWN}", where the records of jobs are`;
  return undefined;
}
