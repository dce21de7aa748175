import { FileError } from '../../core/file-error.js';
import type { StagingFailure } from '../../remote/batch/staging-failure.js';
import { bytesFromName } from '../../remote/files/names.js';
import { shellError } from '../../remote/files/shell/shell-error.js';
import type { StagedFile } from './staged-file.js';
import type { StagingPlace } from './staging-place.js';

/** What can be done about it. */
const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'this user may make nothing there: give the machine a workdir of its own',
  EDQUOT: "make room in this user's quota, or give the machine another workdir",
  EISDIR: 'a directory stands where an input is to be: remove it, or call the input otherwise',
  ENOSPC: 'make room, or give the machine another workdir',
  ENOTDIR: 'a file or a link stands where a directory is to be, and inputs go through no link: remove it',
  EPERM:
    'it, or the .hawser above it, is not a directory of this user, or others may write to it: see who has made it, and remove it',
  EROFS: 'give the machine another workdir',
};

/** What a script of the staging could not do, as an error. */
export function farFailure({ directory }: StagingPlace, { failed, path, said }: StagingFailure): FileError {
  const { host, key } = directory;
  const at = path === '' || path === '.' ? directory.path : `${directory.path}/${path}`;
  const cause = shellError(directory, { syscall: failed, path: bytesFromName(at) }, said);
  const words = ADVICE[cause.code] ?? said.trim().split('\n').at(-1) ?? '';
  return new FileError(cause.code, { syscall: failed, path: at, host, key, detail: notInPlace(words), cause });
}

/** A failure of a file while it was sent to where it waits: told by where it is to be. `root` is the staging directory. */
export function sendingFailure(error: FileError, { directory, record }: StagingPlace, root: string): FileError {
  const { code, syscall, path } = error;
  if (path?.startsWith(`${root}/`) !== true && path !== root) return error;
  const { host, key } = directory;
  const waits = path.slice(root.length + 1);
  const at = waits.startsWith('r/') ? `${record}/${waits.slice('r/'.length)}` : waits.replace(/^d(\/|$)/, '');
  const whole = at === '' ? directory.path : `${directory.path}/${at}`;
  return new FileError(code, { syscall, path: whole, host, key, detail: notInPlace(ADVICE[code] ?? ''), cause: error });
}

/** What arrived of a file is not what was to be sent. */
export function differs({ directory }: StagingPlace, { target, content }: StagedFile): FileError {
  const { path, host, key } = directory;
  const source = content instanceof Uint8Array ? '' : `: ${content.local} changed meanwhile, or the way spoiled it`;
  const detail = notInPlace(`its SHA-256 is another one than that of the input${source}; try again`);
  return new FileError('ESTALE', { syscall: 'write', path: `${path}/${target}`, host, key, detail });
}

/** What was sent is not there. */
export function vanished({ directory }: StagingPlace, { target }: StagedFile): FileError {
  const { path, host, key } = directory;
  const detail = notInPlace(
    'what was sent was not found again: something there removes it, or commands see other directories than SFTP does',
  );
  return new FileError('ENOENT', { syscall: 'rename', path: `${path}/${target}`, host, key, detail });
}

function notInPlace(words: string): string {
  return `the job is not staged${words === '' ? '' : `; ${words}`}`;
}
