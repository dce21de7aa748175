import type { Abortable } from '../../core/abort.js';
import { OptionError } from '../../core/hawser-error.js';
import type { FileCall, FileCalls } from './file-calls.js';
import type { FileTimes } from './file-driver.js';
import type { PathLike } from './names.js';
import { fileMode } from './open-flags.js';
import type { Stats } from './stats.js';

/** A moment: seconds since the epoch, as a number or its digits, or a date. */
export type TimeLike = string | number | Date;

/** Options of `stat` and its like. */
export interface StatOptions extends Abortable {
  /** Only `false`: the protocols here have no such numbers. */
  readonly bigint?: boolean | undefined;
}

/** Throws {@link OptionError} for `bigint: true`. */
export function checkBigint(o: StatOptions): void {
  if (!o.bigint) return;
  throw new OptionError('Expected the `bigint` option to be false: sizes and times are numbers on remote machines.');
}

/** The length of a file, checked at the door. */
export function checkLength(length: number): number {
  if (Number.isSafeInteger(length)) return Math.max(0, length);
  throw new OptionError(`Expected the length to be an integer, got ${String(length)}.`);
}

/** Two moments in milliseconds. Throws {@link OptionError} for what is none. */
export function timesOf(atime: TimeLike, mtime: TimeLike): FileTimes {
  return { atimeMs: milliseconds('atime', atime), mtimeMs: milliseconds('mtime', mtime) };
}

/** Both ids of an owner; -1 is what `stat` says of now, as for chown(2). */
export async function checkOwner(
  uid: number,
  gid: number,
  stat: () => Promise<Stats>,
): Promise<{ uid: number; gid: number }> {
  for (const id of [uid, gid]) {
    if (Number.isInteger(id) && id >= -1 && id <= 0xffff_ffff) continue;
    throw new OptionError(`Expected the owner's ids to be integers, or -1 to leave one as it is, got ${String(id)}.`);
  }
  if (uid >= 0 && gid >= 0) return { uid, gid };
  const now = await stat();
  return { uid: uid < 0 ? now.uid : uid, gid: gid < 0 ? now.gid : gid };
}

/** `chmod` and `lchmod`. */
export async function chmod(
  calls: FileCalls,
  kind: 'chmod' | 'lchmod',
  path: PathLike,
  mode: string | number,
  o: Abortable,
): Promise<void> {
  const bits = fileMode(mode, 0);
  await calls.run(kind, o, async ({ files, at }) => files[kind](await at(path), bits));
}

/** `chown` and `lchown`. */
export async function chown(
  calls: FileCalls,
  kind: 'chown' | 'lchown',
  path: PathLike,
  owner: { readonly uid: number; readonly gid: number },
  o: Abortable,
): Promise<void> {
  await calls.run(kind, o, async ({ files, at }) => {
    const bytes = await at(path);
    const stat = (): Promise<Stats> => (kind === 'chown' ? files.stat(bytes) : files.lstat(bytes));
    const { uid, gid } = await checkOwner(owner.uid, owner.gid, stat);
    await files[kind](bytes, uid, gid);
  });
}

/** `utimes` and `lutimes`. */
export async function utimes(
  calls: FileCalls,
  kind: 'utimes' | 'lutimes',
  path: PathLike,
  times: FileTimes,
  o: Abortable,
): Promise<void> {
  await calls.run(kind, o, async ({ files, at }) => files[kind](await at(path), times));
}

/** Codes that say that there is nothing by that name. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/** What stands at a path, its links followed or not; `undefined` where nothing does. */
export async function statIfThere(
  { files }: Pick<FileCall, 'files'>,
  path: Buffer,
  kind: 'stat' | 'lstat',
): Promise<Stats | undefined> {
  try {
    return await files[kind](path);
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (typeof code === 'string' && ABSENT.has(code)) return undefined;
    throw error;
  }
}

function milliseconds(name: string, time: TimeLike): number {
  const ms = time instanceof Date ? time.getTime() : time === '' ? Number.NaN : Number(time) * 1000;
  if (Number.isFinite(ms)) return ms;
  throw new OptionError(`Expected \`${name}\` to be a date or a number of seconds, got ${String(time)}.`);
}
