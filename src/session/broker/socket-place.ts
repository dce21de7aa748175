import { lstatSync, mkdirSync, type Stats } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { codeOf, OptionError } from '../../core/hawser-error.js';
import { expandHome } from '../../core/home.js';

/** The longest path of a unix socket in bytes: an address holds 108 of them on Linux, 104 elsewhere, one of them a NUL (unix(7), unix(4)). */
const LONGEST = (process.platform === 'linux' ? 108 : 104) - 1;
/** The longest name beside the socket's own: of a lock, see `claimSocket`. */
const BESIDE = '.i0123456789abc'.length;
/** The lock of who starts a broker has the socket's name with this behind it. */
const SUFFIX = '.lock'.length;
/** The variable that says where the broker listens. */
const VARIABLE = 'HAWSER_SESSION_SOCKET';

/** Environment variables, of which those are looked at that say where sockets are. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where this user's broker listens: the path that is given, else `$HAWSER_SESSION_SOCKET`, else
 * `$XDG_RUNTIME_DIR/hawser/broker.sock` where that directory is this user's, else `hawser-UID/broker.sock` in the
 * directory for temporary files. Looks, and makes nothing.
 *
 * @throws OptionError for a path that is none, relative or too long for a socket, and on Windows.
 */
export function brokerSocket(given?: string, env: Environment = process.env): string {
  const uid = process.getuid?.();
  if (uid === undefined) {
    throw new OptionError('Sessions are shared between processes over unix sockets: not on Windows.');
  }
  if (given !== undefined && typeof given !== 'string') {
    throw new OptionError(`Expected \`socket\` to be an absolute path, got ${String(given)}.`);
  }
  const named = given ?? nonEmpty(env[VARIABLE]);
  if (named !== undefined) return checked(expandHome(named), given === undefined ? `$${VARIABLE}` : '`socket`');
  const runtime = nonEmpty(env['XDG_RUNTIME_DIR']);
  // After su(1) it may still be that of another user.
  if (runtime !== undefined && isAbsolute(runtime) && belongsTo(runtime, uid)) {
    return checked(join(runtime, 'hawser', 'broker.sock'), '$XDG_RUNTIME_DIR');
  }
  return checked(join(tmpdir(), `hawser-${uid}`, 'broker.sock'), '$TMPDIR');
}

/**
 * Whether there is a socket where the broker listens, of this user's in a directory that nobody else can enter. Whether
 * somebody listens on it is for a connect to find out. Node cannot ask a socket who is at its other end
 * (`SO_PEERCRED`): that only this user can have made it is what its place is looked at for.
 *
 * @throws OptionError for a place that is not this user's alone.
 */
export function hasBrokerSocket(socket: string): boolean {
  const directory = statOf(dirname(socket));
  if (directory === undefined) return false;
  checkPrivate(dirname(socket), directory);
  const found = statOf(socket);
  if (found === undefined) return false;
  checkSocket(socket, found);
  return true;
}

/**
 * The socket at a place, where one is there that is this user's alone. A place that is not safe is none: for who can go
 * without.
 */
export function safeSocket(place: () => string): string | undefined {
  try {
    const socket = place();
    return hasBrokerSocket(socket) ? socket : undefined;
  } catch (error) {
    if (error instanceof OptionError) return undefined;
    throw error;
  }
}

/**
 * Makes the directory of the socket with mode 0700, where it is missing.
 *
 * @throws OptionError where it cannot be made, or is not this user's alone.
 */
export function makeSocketDirectory(socket: string): void {
  const directory = dirname(socket);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new OptionError(`Cannot make a directory for the socket of the session broker: ${why}. ${elsewhere()}`, {
        cause,
      });
    }
  }
  checkPrivate(directory, lstatSync(directory));
}

/** Throws {@link OptionError} for what is no socket of this user's. */
export function checkSocket(path: string, { uid, ...found }: Stats): void {
  if (uid !== process.getuid?.()) throw refused(`${path} belongs to another user (uid ${uid})`);
  if ((found.mode & 0o170000) !== 0o140000) throw refused(`${path} is a file that is no socket`);
}

/** Of a directory that somebody else can put things into, or put another one in place of, nothing in it can be trusted. */
function checkPrivate(directory: string, found: Stats): void {
  if (found.isSymbolicLink()) throw refused(`${directory} is a symbolic link`);
  if (!found.isDirectory()) throw refused(`${directory} is no directory`);
  if (found.uid !== process.getuid?.()) throw refused(`${directory} belongs to another user (uid ${found.uid})`);
  if ((found.mode & 0o077) !== 0) {
    throw refused(`${directory} is open to other users (mode ${octal(found)}): chmod 700 it, unless it is for others`);
  }
  const above = statOf(dirname(directory));
  if (above?.isDirectory() && (above.mode & 0o022) !== 0 && (above.mode & 0o1000) === 0) {
    throw refused(`${dirname(directory)} is open for other users to write to (mode ${octal(above)})`);
  }
}

function refused(what: string): OptionError {
  return new OptionError(`Not used for the socket of the session broker: ${what}. ${elsewhere()}`);
}

function elsewhere(): string {
  return `Set ${VARIABLE} to a path in a directory of your own with mode 0700.`;
}

function octal({ mode }: Stats): string {
  return (mode & 0o7777).toString(8);
}

function checked(path: string, source: string): string {
  if (!isAbsolute(path))
    throw new OptionError(`Expected ${source} to be an absolute path, got ${JSON.stringify(path)}.`);
  const length = Buffer.byteLength(path);
  const name = Buffer.byteLength(basename(path));
  const most = LONGEST - Math.max(SUFFIX, BESIDE - name);
  if (length <= most) return path;
  throw new OptionError(
    `The path of the session broker's socket is too long: ${path} has ${length} bytes, and may have ${most}. ${elsewhere()}`,
  );
}

function belongsTo(directory: string, uid: number): boolean {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === uid;
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw refused(error instanceof Error ? error.message : String(error));
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
