import type { Connection } from '../../connection/connection.js';
import { formatSize } from '../../core/format-size.js';
import { HawserError } from '../../core/hawser-error.js';
import { SftpDriver } from '../../remote/files/sftp/sftp-driver.js';
import { formatMilliseconds } from '../options/duration.js';
import { counted, oneLine } from '../terminal/text.js';

/** One thing that was tried on an open connection. */
export interface Finding {
  readonly ok: boolean;
  readonly text: string;
  /** What to do about it. */
  readonly next?: string;
}

/** How long a probe may take, in milliseconds. */
const PATIENCE = 10_000;

/** Tries what the commands of hawser need: to run a command, a shell that is quiet, file transfer. */
export async function probe(connection: Connection, signal: AbortSignal): Promise<readonly Finding[]> {
  if (!connection.hasStreams) return [{ ok: true, text: 'a prompt, and nothing else' }];
  const limited = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
  const ran = await tryOut('exec', () => probeShell(connection, limited));
  return [...ran, ...(await tryOut('sftp', () => probeSftp(connection, limited)))];
}

async function tryOut(what: string, work: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HawserError)) throw error;
    return [{ ok: false, text: `${what} failed`, next: oneLine(error.message) }];
  }
}

async function probeShell(connection: Connection, signal: AbortSignal): Promise<readonly Finding[]> {
  // As it is, without our wrapper: a shell that speaks before the command would spoil every other output as well.
  const { ok, stdout, status, durationMs } = await connection.execute('true', { bare: true, signal });
  const exec: Finding = ok
    ? { ok, text: `exec ok ${formatMilliseconds(durationMs)}` }
    : { ok, text: `exec ended with ${status ?? 'no status'}`, next: 'is the login shell there, is it a POSIX shell?' };
  if (!ok) return [exec];
  if (stdout === '') return [exec, { ok: true, text: 'login shell quiet' }];
  const said = `login shell writes ${counted(Buffer.byteLength(stdout), 'byte')} of its own: ${oneLine(stdout).slice(0, 40)}`;
  return [exec, { ok: false, text: said, next: 'let its start files write to terminals alone' }];
}

async function probeSftp(connection: Connection, signal: AbortSignal): Promise<readonly Finding[]> {
  if (connection.target.protocol === 'local') return [];
  return connection.files.use(
    async ({ files }) => {
      if (files instanceof SftpDriver) return [{ ok: true, text: `sftp ok, ${limitsOf(files)}` }];
      const next = 'files go through its shell, slowly; give its sshd_config a line "Subsystem sftp internal-sftp"';
      return [{ ok: false, text: 'no sftp', next }];
    },
    { signal },
  );
}

/** `limits 255 KiB`: how much goes into one request. */
function limitsOf({ limits: { readLength, writeLength } }: SftpDriver): string {
  const [read, write] = [formatSize(readLength), formatSize(writeLength)];
  return read === write ? `limits ${read}` : `limits ${read} to read, ${write} to write`;
}
