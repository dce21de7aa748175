import { FileError } from '../../core/file-error.js';

/** The call that its caller made, where another one failed underneath. */
export interface Told {
  readonly syscall: string;
  readonly path?: string | undefined;
  readonly dest?: string | undefined;
}

/** A failure told as that of the call that was made, such as `scandir` where `opendir` failed underneath. */
export function retell(error: unknown, told: Told): unknown {
  if (!(error instanceof FileError)) return error;
  return new FileError(error.code, {
    path: error.path,
    dest: error.dest,
    ...told,
    host: error.host,
    key: error.key,
    cause: error,
  });
}

/** The code of a file's error; `undefined` for any other. */
export function fileCode(error: unknown): string | undefined {
  return error instanceof FileError ? error.code : undefined;
}
