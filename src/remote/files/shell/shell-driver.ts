import { constants } from 'node:fs';
import type { Site } from '../../site.js';
import type { DirectoryEntry, FileAbility, FileDriver, FileTimes, OpenFile } from '../file-driver.js';
import { bytesFromName } from '../names.js';
import type { StatFs, Stats } from '../stats.js';
import { type ShellAct, shellError, unableError } from './shell-error.js';
import { ShellFile } from './shell-file.js';
import { bytesWord, word } from './shell-line.js';
import { ShellRunner } from './shell-runner.js';
import { readStat, statScript } from './shell-stat.js';

const { O_ACCMODE, O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC } = {
  ...constants,
  // Its place in open(2) is the same everywhere (fcntl.h).
  O_ACCMODE: 3,
};

const ABILITIES: ReadonlySet<FileAbility> = new Set(['link', 'rename-over', 'append']);

/** How many names of a directory are given at a time. */
const NAMES_AT_A_TIME = 256;

const KINDS: Readonly<Record<string, number>> = {
  l: constants.S_IFLNK,
  d: constants.S_IFDIR,
  f: constants.S_IFREG,
};

/**
 * Files without SFTP, by commands of the machine's shell (POSIX.1-2017), each call one command or two. Slower than SFTP,
 * and no file can be open for reading and writing at a time; what it cannot do at all has the code `ENOSYS`.
 */
export class ShellDriver implements FileDriver {
  readonly kind = 'shell';
  readonly abilities: ReadonlySet<FileAbility> = ABILITIES;
  readonly #runner: ShellRunner;

  constructor(site: Site) {
    this.#runner = new ShellRunner(site);
  }

  get usable(): boolean {
    return this.#runner.usable;
  }

  async home(user?: string): Promise<Buffer> {
    const act = { syscall: 'realpath', path: bytesFromName(`~${user ?? ''}`) };
    if (user === undefined) return this.#runner.ask(act, "cd && pwd -P | tr -d '\\n'");
    // A name goes unquoted where `~` is to mean something: only one that can mean nothing else.
    if (!/^[A-Za-z0-9._-]+$/.test(user)) throw shellError(this.#runner, act, 'hawser:ENOENT');
    return this.#runner.ask(act, `h=~${user}; case $h in '~'*) fail ENOENT;; esac; printf %s "$h"`);
  }

  async open(path: Buffer, flags: number, mode: number): Promise<OpenFile> {
    const act = { syscall: 'open', path };
    const way = flags & O_ACCMODE;
    if (way === O_RDWR) throw unableError(this.#runner, act, 'have a file open for reading and writing at a time');
    const p = word(path);
    // A directory can be opened, and not read (open(2)).
    const steps = way === O_RDONLY ? [`there ${p}`, `exec 3<${p}`] : openToWrite(p, flags, mode);
    await this.#runner.ask(act, steps.join('\n'));
    return new ShellFile(this.#runner, this, {
      path,
      mayRead: way === O_RDONLY,
      mayWrite: way !== O_RDONLY,
      append: (flags & O_APPEND) !== 0,
    });
  }

  stat(path: Buffer): Promise<Stats> {
    return this.#stat({ syscall: 'stat', path }, true);
  }

  lstat(path: Buffer): Promise<Stats> {
    return this.#stat({ syscall: 'lstat', path }, false);
  }

  async *list(path: Buffer): AsyncGenerator<readonly DirectoryEntry[], void, void> {
    const p = word(path);
    const script = `there ${p}/.
[ -d ${p} ] || fail ENOTDIR
[ -r ${p} ] && [ -x ${p} ] || fail EACCES
CDPATH= cd ${p} || fail EACCES
for n in .* *; do
  case $n in .|..) continue;; esac
  if [ -h "$n" ]; then k=l; elif [ -d "$n" ]; then k=d; elif [ -f "$n" ]; then k=f; elif [ -e "$n" ]; then k=o; else continue; fi
  printf '%s%s\\000' $k "$n"
done`;
    let rest = Buffer.alloc(0);
    let entries: DirectoryEntry[] = [];
    for await (const piece of this.#runner.read({ syscall: 'scandir', path }, script)) {
      rest = Buffer.concat([rest, piece]);
      for (let end = rest.indexOf(0); end !== -1; end = rest.indexOf(0)) {
        const kind = KINDS[rest.toString('latin1', 0, 1)];
        entries.push({ name: Buffer.from(rest.subarray(1, end)), stats: undefined, kind });
        rest = rest.subarray(end + 1);
      }
      if (entries.length >= NAMES_AT_A_TIME) {
        yield entries;
        entries = [];
      }
    }
    if (entries.length > 0) yield entries;
  }

  async mkdir(path: Buffer, mode: number): Promise<void> {
    const p = word(path);
    const special = mode & 0o7000 ? `\nchmod ${octal(mode)} ${p}` : '';
    await this.#do({ syscall: 'mkdir', path }, `${restrict(mode)}mkdir ${p}${special}`);
  }

  async ensureDirectory(path: Buffer, mode: number): Promise<void> {
    await this.#do({ syscall: 'mkdir', path }, `${restrict(mode)}mkdir -p ${word(path)}`);
  }

  async rmdir(path: Buffer): Promise<void> {
    await this.#do({ syscall: 'rmdir', path }, `rmdir ${word(path)}`);
  }

  async unlink(path: Buffer): Promise<void> {
    const p = word(path);
    await this.#do({ syscall: 'unlink', path }, `there ${p}\n[ -h ${p} ] || [ ! -d ${p} ] || fail EISDIR\nrm -f ${p}`);
  }

  async rename(from: Buffer, to: Buffer): Promise<void> {
    const [a, b] = [word(from), word(to)];
    // mv(1) moves into a directory, also through a link to one; where it has no -T, the target goes first.
    const script = `there ${a}
if [ -d ${b} ]; then
  if [ ! -h ${b} ]; then
    [ -d ${a} ] && [ ! -h ${a} ] || fail EISDIR
    rmdir ${b} || exit 9
  elif ! mv --help 2>&1 | grep -q -e -T; then rm -f ${b} || exit 9
  else mv -fT ${a} ${b}; exit; fi
fi
mv -f ${a} ${b}`;
    await this.#do({ syscall: 'rename', path: from, dest: to }, script);
  }

  async link(existing: Buffer, path: Buffer): Promise<void> {
    const p = word(path);
    await this.#do({ syscall: 'link', path: existing, dest: path }, `${absent(p)}\nln ${word(existing)} ${p}`);
  }

  async symlink(target: Buffer, path: Buffer): Promise<void> {
    const p = word(path);
    await this.#do(
      { syscall: 'symlink', path: target, dest: path },
      `${absent(p)}\nln -s -- ${bytesWord(target)} ${p}`,
    );
  }

  async readlink(path: Buffer): Promise<Buffer> {
    const p = word(path);
    const said = await this.#runner.ask(
      { syscall: 'readlink', path },
      `there ${p}\n[ -h ${p} ] || fail EINVAL\nreadlink ${p}`,
    );
    return withoutNewline(said);
  }

  async realpath(path: Buffer): Promise<Buffer> {
    const p = word(path);
    const script = `there ${p}
[ -e ${p} ] || { ls -dL ${p} >/dev/null; exit 9; }
if [ -d ${p} ]; then CDPATH= cd ${p} && pwd -P; else realpath ${p} 2>/dev/null || readlink -f ${p}; fi`;
    return withoutNewline(await this.#runner.ask({ syscall: 'realpath', path }, script));
  }

  async truncate(path: Buffer, length: number): Promise<void> {
    const p = word(path);
    const act = { syscall: 'open', path };
    const check = `there ${p}\n[ ! -d ${p} ] || fail EISDIR\n`;
    if (length === 0) await this.#do(act, `${check}: >${p}`);
    else await this.#do(act, `${check}command -v truncate >/dev/null || fail ENOSYS\ntruncate -s ${length} ${p}`);
  }

  async chmod(path: Buffer, mode: number): Promise<void> {
    await this.#do({ syscall: 'chmod', path }, `chmod ${octal(mode)} ${word(path)}`);
  }

  async chown(path: Buffer, uid: number, gid: number): Promise<void> {
    await this.#do({ syscall: 'chown', path }, `chown ${uid}:${gid} ${word(path)}`);
  }

  async utimes(path: Buffer, times: FileTimes): Promise<void> {
    const p = word(path);
    await this.#do({ syscall: 'utime', path }, `there ${p}\n${touch('', times, p)}`);
  }

  async lchmod(path: Buffer): Promise<void> {
    throw unableError(this.#runner, { syscall: 'lchmod', path }, 'change the permissions of a link');
  }

  async lchown(path: Buffer, uid: number, gid: number): Promise<void> {
    await this.#do({ syscall: 'lchown', path }, `chown -h ${uid}:${gid} ${word(path)}`);
  }

  async lutimes(path: Buffer, times: FileTimes): Promise<void> {
    const p = word(path);
    await this.#do({ syscall: 'lutime', path }, `there ${p}\n${touch('-h ', times, p)}`);
  }

  async statfs(path: Buffer): Promise<StatFs> {
    throw unableError(this.#runner, { syscall: 'statfs', path }, 'tell of a file system');
  }

  async access(path: Buffer, mode: number): Promise<void> {
    const p = word(path);
    const wanted = [
      mode & constants.R_OK ? `[ -r ${p} ] || fail EACCES` : '',
      mode & constants.W_OK ? `[ -w ${p} ] || fail EACCES` : '',
      mode & constants.X_OK ? `[ -x ${p} ] || fail EACCES` : '',
    ];
    await this.#do({ syscall: 'access', path }, [`ls -dL ${p} >/dev/null || exit 9`, ...wanted].join('\n'));
  }

  async copy(): Promise<void> {
    throw unableError(this.#runner, { syscall: 'copyfile' }, 'copy between open files');
  }

  async close(): Promise<void> {
    this.#runner.close();
  }

  async #do(act: ShellAct, script: string): Promise<void> {
    await this.#runner.ask(act, script);
  }

  async #stat(act: ShellAct & { readonly path: Buffer }, follow: boolean): Promise<Stats> {
    const said = await this.#runner.ask(act, statScript(word(act.path), follow));
    const stats = readStat(said.toString('latin1'));
    if (stats === undefined) throw shellError(this.#runner, act, said.toString('latin1'));
    return stats;
  }
}

/** What open(2) does for who writes, before anything is written. */
function openToWrite(p: string, flags: number, mode: number): string[] {
  const create = (flags & O_CREAT) !== 0;
  return [
    `[ ! -d ${p} ] || fail EISDIR`,
    ...(create && flags & O_EXCL ? [absent(p), 'set -C'] : []),
    ...(create ? [] : [`there ${p}`]),
    // Bits that no redirection gives are given to a file that is new.
    ...(create && mode & 0o7111 ? [`[ -e ${p} ] || n=new`] : []),
    ...(create ? [restrict(mode).trimEnd()] : []),
    flags & O_TRUNC || (create && flags & O_EXCL) ? `exec 3>${p}` : `exec 3>>${p}`,
    ...(create && mode & 0o7111 ? [`[ -z "$n" ] || chmod $(printf %o $((0${octal(mode)} & ~0$u))) ${p}`] : []),
  ].filter((step) => step !== '');
}

/** Has what is made have no more permissions than `mode`, and no more than the machine's umask allows. */
function restrict(mode: number): string {
  return `u=$(umask); umask $(printf %o $((0$u | (0777 & ~0${octal(mode)}))))\n`;
}

function absent(p: string): string {
  return `[ ! -e ${p} ] && [ ! -h ${p} ] || fail EEXIST`;
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8);
}

/** Seconds are as fine as touch(1) is everywhere. */
function touch(link: string, { atimeMs, mtimeMs }: FileTimes, p: string): string {
  return `TZ=UTC0; export TZ\ntouch ${link}-a -t ${moment(atimeMs)} ${p} && touch ${link}-m -t ${moment(mtimeMs)} ${p}`;
}

/** CCYYMMDDhhmm.SS (POSIX.1-2017, touch). */
function moment(ms: number): string {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, '');
  return `${digits.slice(0, 12)}.${digits.slice(12, 14)}`;
}

function withoutNewline(bytes: Buffer): Buffer {
  return bytes.at(-1) === 0x0a ? bytes.subarray(0, -1) : bytes;
}
