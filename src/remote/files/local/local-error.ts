import { FileError, type FileErrorOptions } from '../../../core/file-error.js';
import { HawserError } from '../../../core/hawser-error.js';

/** What a failed call of Node's `fs` is to callers: the same code, with the paths that it was about. */
export function localError(error: unknown, about: FileErrorOptions): HawserError {
  if (error instanceof HawserError) return error;
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return new FileError(typeof code === 'string' ? code : 'EIO', {
    ...about,
    cause: error,
    // A code of Node's own, such as `ERR_OUT_OF_RANGE`, says little without its words.
    detail: about.detail ?? (typeof code === 'string' && !code.startsWith('ERR_') ? undefined : String(error)),
  });
}
