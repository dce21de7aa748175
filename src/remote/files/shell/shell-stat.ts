import { constants } from 'node:fs';
import { Stats } from '../stats.js';

/**
 * What stat(1) prints of a path, `-L` or nothing before it: GNU's and busybox's words first, then those of the BSDs,
 * then what POSIX has, ls(1), from which the times are missing. What fails may have printed something before: GNU's takes
 * the words of the BSDs for a file's name, and tells of the file system.
 */
export function statScript(path: string, follow: boolean): string {
  const link = follow ? '-L ' : '';
  return `there ${path}
s=$(stat ${link}-c 'g %f %s %u %g %X %Y %Z %d %i %h' ${path} 2>/dev/null) ||
s=$(stat ${link}-f 'b %Xp %z %u %g %a %m %c %d %i %l' ${path} 2>/dev/null) ||
s="l $(ls ${link}-dn ${path})" || exit 9
printf '%s\\n' "$s"`;
}

/** Reads what {@link statScript} printed; `undefined` where it is nothing of the kind. */
export function readStat(text: string): Stats | undefined {
  const [form, ...words] = text.trim().split(/\s+/);
  if (form === 'l') return readListing(words);
  if ((form !== 'g' && form !== 'b') || words.length < 10) return undefined;
  const [mode = '', ...rest] = words;
  const [size, uid, gid, atime, mtime, ctime, dev, ino, nlink] = rest.map(Number);
  return new Stats({
    mode: Number.parseInt(mode, 16),
    size,
    uid,
    gid,
    dev,
    ino,
    nlink,
    atimeMs: seconds(atime),
    mtimeMs: seconds(mtime),
    ctimeMs: seconds(ctime),
  });
}

const KINDS: Readonly<Record<string, number>> = {
  '-': constants.S_IFREG,
  d: constants.S_IFDIR,
  l: constants.S_IFLNK,
  p: constants.S_IFIFO,
  s: constants.S_IFSOCK,
  b: constants.S_IFBLK,
  c: constants.S_IFCHR,
};

/** `drwxr-xr-x 2 0 0 4096 …` (POSIX.1-2017, ls, "-l"). */
function readListing([modes = '', nlink, uid, gid, size]: readonly string[]): Stats | undefined {
  const kind = KINDS[modes.charAt(0)];
  if (kind === undefined || !/^.[-rwxsStT]{9}/.test(modes)) return undefined;
  let mode = kind;
  for (const [i, c] of [...modes.slice(1, 10)].entries()) {
    if (c !== '-' && c !== 'S' && c !== 'T') mode |= 0o400 >> i;
    if (/[sStT]/.test(c)) mode |= i === 2 ? 0o4000 : i === 5 ? 0o2000 : 0o1000;
  }
  return new Stats({ mode, nlink: Number(nlink), uid: Number(uid), gid: Number(gid), size: Number(size) });
}

function seconds(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value * 1000;
}
