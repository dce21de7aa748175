import type { Duplex } from 'node:stream';
import type { Connection } from '../../connection/connection.js';
import { HawserError } from '../../core/hawser-error.js';
import { formatMilliseconds } from '../options/duration.js';
import { counted, oneLine } from '../terminal/text.js';

/** One thing that was tried on an open connection. */
export interface Finding {
  readonly ok: boolean;
  readonly text: string;
  /** What to do about it. */
  readonly next?: string;
}

/** `SSH_FXP_INIT` with version 3 (draft-ietf-secsh-filexfer-02 §4), and the type of the answer. */
const SFTP_INIT = Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3]);
const SFTP_VERSION = 2;
/** How long a probe may take, in milliseconds. */
const PATIENCE = 10_000;

/** Tries what the commands of hawser need: to run a command, a shell that is quiet, file transfer. */
export async function probe(connection: Connection, signal: AbortSignal): Promise<readonly Finding[]> {
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
  const stream = await connection.subsystem('sftp', { signal });
  try {
    const version = await sftpVersion(stream, signal);
    if (version !== undefined) return [{ ok: true, text: `sftp ok, version ${version}` }];
    return [{ ok: false, text: 'sftp answers nonsense', next: 'does the login shell write something of its own?' }];
  } finally {
    stream.destroy();
  }
}

/** The version that an SFTP server speaks; `undefined` where what answers is none. */
function sftpVersion(stream: Duplex, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve) => {
    let seen = Buffer.alloc(0);
    stream.on('data', (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      if (seen.length >= 9) resolve(seen[4] === SFTP_VERSION ? seen.readUInt32BE(5) : undefined);
    });
    for (const event of ['end', 'close', 'error']) stream.once(event, () => resolve(undefined));
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
    stream.write(SFTP_INIT);
  });
}
