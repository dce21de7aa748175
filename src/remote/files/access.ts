import { constants } from 'node:fs';
import { FileError } from '../../core/file-error.js';
import { OptionError } from '../../core/hawser-error.js';
import type { FileCall } from './file-calls.js';
import { nameFromBytes } from './names.js';
import { retell } from './retell.js';
import type { Stats } from './stats.js';

const { F_OK, O_RDONLY, O_WRONLY, R_OK, W_OK, X_OK } = constants;

/**
 * Whether a file may be used as `mode` says; throws `FileError` (`EACCES`, `ENOENT`, …) where it may not.
 *
 * SFTP has no access(2). There a file is opened as asked and closed again, and a directory is listed: that is the truth.
 * The rest (what may be executed, whether a directory may be written to) is guessed from the permissions, with the owner
 * of the home directory as the user and its group as the only group; user 0 may all that anybody may.
 */
export async function access(call: FileCall, path: Buffer, mode: number): Promise<void> {
  if (!Number.isInteger(mode) || mode < 0 || mode > (R_OK | W_OK | X_OK)) {
    throw new OptionError(`Expected the \`mode\` to be made of F_OK, R_OK, W_OK and X_OK, got ${String(mode)}.`);
  }
  const { files, host } = call;
  const told = { syscall: 'access', path: nameFromBytes(path) };
  try {
    if (files.access !== undefined) return await files.access(path, mode);
    const stats = await files.stat(path);
    if (mode === F_OK) return;
    if (mode & R_OK) await tryRead(call, path, stats);
    if (mode & W_OK && stats.isFile()) await tryOpen(call, path, O_WRONLY);
    const guessed = mode & (stats.isFile() ? X_OK : stats.isDirectory() ? W_OK | X_OK : R_OK | W_OK | X_OK);
    if (guessed === 0 || (await mayProbably(call, stats, guessed))) return;
  } catch (error) {
    throw retell(error, told);
  }
  throw new FileError('EACCES', { ...told, host });
}

async function tryRead(call: FileCall, path: Buffer, stats: Stats): Promise<void> {
  if (stats.isFile()) await tryOpen(call, path, O_RDONLY);
  if (!stats.isDirectory()) return;
  for await (const _ of call.files.list(path)) return;
}

async function tryOpen({ files }: FileCall, path: Buffer, flags: number): Promise<void> {
  const file = await files.open(path, flags, 0);
  await file.close();
}

/** As the kernel decides (path_resolution(7), "Permissions"), for whom the user seems to be. */
async function mayProbably({ files }: FileCall, stats: Stats, wanted: number): Promise<boolean> {
  const me = await files.stat(await files.home());
  if (me.uid === 0) return (wanted & X_OK) === 0 || stats.isDirectory() || (stats.mode & 0o111) !== 0;
  const shift = stats.uid === me.uid ? 6 : stats.gid === me.gid ? 3 : 0;
  return ((stats.mode >> shift) & wanted) === wanted;
}
