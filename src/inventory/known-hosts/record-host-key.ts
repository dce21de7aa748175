import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { devNull } from 'node:os';
import { dirname } from 'node:path';
import { OptionError } from '../../core/hawser-error.js';
import { makeDirectories } from '../../core/make-directories.js';
import { hasCode, knownHostsFileError } from './file-error.js';
import { parseKnownHostsLine } from './parse-line.js';
import { expandPath } from './read-files.js';

/** Not to wait for somebody to read from a named pipe; it has no effect on files. */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_NONBLOCK;

/**
 * Adds a line to a `known_hosts` file, and returns when it is on disk.
 *
 * What the file holds is never rewritten: the line goes to its end in one write, which the system does not mix with those
 * of other tasks and processes (`O_APPEND`; on NFS it may). A file whose last line has no end is given one first. A new
 * file has mode 0600, a new directory 0700. Nothing is written to `/dev/null`, which ssh users name to keep no record.
 *
 * @param file Its path; a leading `~` is expanded.
 * @param line One line as `KnownHosts.line` makes it, with or without a line end.
 * @throws OptionError if `line` is not one line of `known_hosts` with a key in it.
 * @throws HawserError `ERR_HAWSER_KNOWN_HOSTS` if the file cannot be written, is no regular file, or is a link that leads
 * nowhere.
 */
export async function recordHostKey(file: string, line: string): Promise<void> {
  const text = checkedLine(line);
  const path = expandPath(file);
  if (path === devNull) return;
  try {
    await append(path, text);
  } catch (error) {
    throw knownHostsFileError('write', path, error);
  }
}

function checkedLine(line: string): string {
  const text = line.replace(/\r?\n$/, '');
  const parsed = /[\r\n\0]/.test(text) ? { why: 'it holds a line end or a NUL byte' } : parseKnownHostsLine(text);
  if (parsed === undefined || 'why' in parsed) {
    throw new OptionError(
      `Expected one line of known_hosts to record, got another text: ${parsed?.why ?? 'it is empty'}`,
    );
  }
  return text;
}

async function append(path: string, text: string): Promise<void> {
  const { handle, created } = await openOrCreate(path);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Error('it is not a regular file');
    // Two writers may both see the end missing, and both add it: a blank line, which is harmless.
    const start = stat.size > 0 && !(await endsWithNewline(handle, stat.size)) ? '\n' : '';
    await handle.appendFile(`${start}${text}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (created) await syncDirectory(dirname(path));
}

/** Creation is a step of its own, as `O_EXCL` alone does not create a file at the far end of a dangling link. */
async function openOrCreate(path: string): Promise<{ readonly handle: FileHandle; readonly created: boolean }> {
  try {
    return { handle: await open(path, FLAGS), created: false };
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await makeDirectories(dirname(path), 0o700);
  try {
    return { handle: await open(path, FLAGS | constants.O_CREAT | constants.O_EXCL, 0o600), created: true };
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  try {
    return { handle: await open(path, FLAGS), created: false };
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new Error('it is a symbolic link that leads nowhere', { cause: error });
  }
}

async function endsWithNewline(handle: FileHandle, size: number): Promise<boolean> {
  const last = Buffer.alloc(1);
  const { bytesRead } = await handle.read(last, 0, 1, size - 1);
  return bytesRead === 0 || last[0] === 0x0a;
}

/** So that the name of a new file is on disk too. Where a directory cannot be synced, the system takes care of that. */
async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY);
    await handle.sync();
  } catch (error) {
    if (!hasCode(error, 'EISDIR') && !hasCode(error, 'EPERM') && !hasCode(error, 'EINVAL')) throw error;
  } finally {
    await handle?.close();
  }
}
