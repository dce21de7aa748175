import type { FileAccess } from '../files/file-access.js';
import { planTail, type TailOptions } from './tail-options.js';
import { Tailer } from './tailer.js';

/**
 * Opens a file to be followed. See {@link Tailer}.
 *
 * @throws OptionError for what cannot be meant; FileError where the file is not there (unless it is to be waited for) or
 *   is no regular one; what connecting throws; AbortError.
 */
export async function openTail(access: FileAccess, path: string, o: TailOptions = {}): Promise<Tailer> {
  return Tailer.open(access, path, planTail(o), o.signal);
}
