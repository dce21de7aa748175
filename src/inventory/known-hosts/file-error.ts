import { HawserError } from '../../core/hawser-error.js';

/** Whether `error` is the system's error with this code, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** The error for a known_hosts file that cannot be used, with what to do about it. */
export function knownHostsFileError(doing: 'read' | 'write', file: string, cause: unknown): HawserError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const todo =
    doing === 'read' ? 'make it readable, or name other files with `knownHosts`' : 'add the host key to it by hand';
  return new HawserError('ERR_HAWSER_KNOWN_HOSTS', `Could not ${doing} the known_hosts file ${file}: ${why}; ${todo}`, {
    cause,
  });
}
