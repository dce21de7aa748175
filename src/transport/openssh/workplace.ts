import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectError } from '../../core/errors.js';
import { holdProcess } from '../hold-process.js';

/**
 * The longest path of a control socket, in bytes. A socket's address holds 104 of them on the BSDs and macOS
 * (unix(4), `sun_path`), the last a NUL; and ssh makes it under a name that is 17 longer, and renames it.
 */
const LONGEST_SOCKET = 104 - 1 - 17;
/** What comes after the base: the directory's name, and a socket's. */
const NAME_ROOM = '/hawser-ssh-4194304-0123456789ab/m'.length;
const NAME = /^hawser-ssh-(\d+)-[0-9a-f]{12}$/;
/** A directory that is younger belongs to somebody who may be about to use it, whatever can be seen of him. */
const FRESH = 60_000;

/**
 * Ends what is left of the processes that it is told of, and the directory, when the one who told it is gone, in
 * whichever way: its stdin comes to its end then. One that was started a moment before that it was not told of: it waits for
 * whoever reads its log, is let go, and finds nobody.
 */
const KEEPER = `pids=" "
while read -r what pid; do
  case $what in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill "$pid" 2>/dev/null; done
for pipe in "$1"/*; do if [ -p "$pipe" ]; then : <>"$pipe"; fi; done
rm -rf -- "$1"`;

/**
 * A directory of our own for sockets, which nobody else may enter, and a keeper: a small shell that sees to it that
 * neither the directory nor a process started here outlives us.
 */
export class Workplace {
  readonly directory: string;
  readonly #keeper: ChildProcess;
  #names = 0;

  private constructor(directory: string, keeper: ChildProcess) {
    this.directory = directory;
    this.#keeper = keeper;
  }

  /** Makes one, and removes what others left behind that have died. Throws `ConnectError` where there is no place for it. */
  static async open(host: string): Promise<Workplace> {
    if (process.platform === 'win32') {
      const message = 'The openssh protocol needs master connections, which ssh does not have on Windows: use ssh.';
      throw new ConnectError('session', message, { host });
    }
    const directory = await makeDirectory(host);
    const keeper = spawn('/bin/sh', ['-c', KEEPER, 'hawser', directory], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    // A keeper that cannot be started, or that was killed, keeps nothing; the work goes on.
    keeper.on('error', () => {}).unref();
    keeper.stdin.on('error', () => {});
    holdProcess(keeper.stdin, false);
    return new Workplace(directory, keeper);
  }

  /** A path in the directory that nothing has had before. */
  path(kind: string): string {
    this.#names += 1;
    return join(this.directory, `${kind}${this.#names.toString(36)}`);
  }

  /** Has a process ended when we are gone, until it has exited. */
  keep(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#tell(`+ ${pid}`);
    child.once('exit', () => this.#tell(`- ${pid}`));
  }

  async close(): Promise<void> {
    // What is being made there at this moment the keeper takes away, should it outlast the retries.
    await rm(this.directory, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 }).catch(() => {});
    this.#keeper.stdin?.end();
  }

  #tell(line: string): void {
    if (this.#keeper.stdin?.writable) this.#keeper.stdin.write(`${line}\n`);
  }
}

/** Makes it in the first place that is short enough and ours to write to: the user's own, or one for temporary files. */
async function makeDirectory(host: string): Promise<string> {
  const own = process.env['XDG_RUNTIME_DIR'];
  const places = [...(own?.startsWith('/') ? [own] : []), tmpdir(), '/tmp'];
  let cause: unknown;
  for (const base of places.filter((place) => Buffer.byteLength(place) + NAME_ROOM <= LONGEST_SOCKET)) {
    await removeLeftovers(base);
    const directory = join(base, `hawser-ssh-${process.pid}-${randomBytes(6).toString('hex')}`);
    try {
      await mkdir(directory, { mode: 0o700 });
      return directory;
    } catch (error) {
      cause = error;
    }
  }
  throw new ConnectError(
    'session',
    `Cannot make a directory for the sockets of ssh: ${places.join(' and ')} are not for us to write to, or have paths that ` +
      'are too long. Set TMPDIR to a directory with a short path.',
    { host, cause },
  );
}

/** Removes the directories of those who have died together with their keepers, if no master answers in them any more. */
async function removeLeftovers(base: string): Promise<void> {
  const names = await readdir(base).catch(() => []);
  await Promise.all(
    names.map(async (name) => {
      const pid = NAME.exec(name)?.[1];
      if (pid === undefined || isAlive(Number(pid))) return;
      const directory = join(base, name);
      const found = await lstat(directory).catch(() => undefined);
      if (found === undefined || !found.isDirectory() || found.uid !== process.getuid?.()) return;
      // The process may be one of another container, whose numbers are not ours.
      if (Date.now() - found.mtimeMs < FRESH || (await hasListener(directory))) return;
      await rm(directory, { recursive: true, force: true }).catch(() => {});
    }),
  );
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

async function hasListener(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => []);
  const answers = await Promise.all(names.map((name) => isListening(join(directory, name))));
  return answers.includes(true);
}

/** Whether somebody listens on a unix socket. */
function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
