import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../../../src/connection/connection.js';
import { connect } from '../../../src/connection/create-connection.js';
import type { TransferSummary } from '../../../src/core/transfer-summary.js';
import { localAccess } from '../../../src/remote/files/local/local-access.js';
import type { TransferOptions } from '../../../src/remote/transfer/options.js';
import { transfer } from '../../../src/remote/transfer/transfer.js';
import type { SshServer } from '../../rigs/rigs.js';

/** Logs in as root where the server lets root in. */
export function connectTo(server: SshServer, port: number = server.port): Promise<Connection> {
  return connect({
    host: '127.0.0.1',
    port,
    username: 'rootUser' in server ? 'root' : server.user,
    privateKey: server.identity,
    agent: false,
    sshConfig: false,
    // A proxy has another port than the server whose keys are on record.
    ...(port === server.port ? { knownHosts: server.knownHosts } : { hostKey: 'insecure-accept-any' }),
  });
}

/** From this machine to another. */
export function put(c: Connection, from: string, to: string, o?: TransferOptions): Promise<TransferSummary> {
  return transfer({ access: localAccess(), path: from }, { access: c.files, path: to }, o);
}

/** From another machine to this one. */
export function get(c: Connection, from: string, to: string, o?: TransferOptions): Promise<TransferSummary> {
  return transfer({ access: c.files, path: from }, { access: localAccess(), path: to }, o);
}

/** A directory that everybody may write to, and that is gone after the test. */
export async function scratch(): Promise<{ path: (...names: readonly string[]) => string } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'hawser-places-'));
  await chmod(directory, 0o777);
  return {
    path: (...names) => join(directory, ...names),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
