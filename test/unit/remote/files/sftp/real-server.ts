import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { neverAborted } from '../../../../../src/core/abort.js';
import { Deadline } from '../../../../../src/core/deadline.js';
import { ConnectTrace } from '../../../../../src/core/diagnostics.js';
import { openSftp, type SftpDriver } from '../../../../../src/remote/files/sftp/sftp-driver.js';
import { MemoryTransport } from '../../../../../src/testing/memory-transport.js';

/** OpenSSH's server program, where Debian and Fedora have it. */
export const serverProgram: string | undefined = [
  '/usr/lib/openssh/sftp-server',
  '/usr/libexec/openssh/sftp-server',
].find((file) => existsSync(file));

if (serverProgram === undefined) console.warn('SKIPPED suites on the real sftp-server: it is not installed');

/** A connected transport whose `sftp` is served by a function. */
export async function transportTo(serve: (stream: Duplex) => void): Promise<MemoryTransport> {
  const transport = new MemoryTransport({ host: 'far', subsystems: { sftp: serve } });
  const trace = new ConnectTrace('far');
  await transport.connect({ signal: neverAborted, deadline: Deadline.in(undefined), trace });
  return transport;
}

/** An SFTP session with a server that a function plays. */
export async function sftpTo(serve: (stream: Duplex) => void): Promise<SftpDriver> {
  const transport = await transportTo(serve);
  return await openSftp(transport, { host: 'far', key: 'far', signal: neverAborted });
}

/** An SFTP session with OpenSSH's own server program, over pipes. It ends with the session. */
export function realSftp(o: { readonly openFiles?: number } = {}): Promise<SftpDriver> {
  const limit = o.openFiles === undefined ? '' : `ulimit -n ${o.openFiles}; `;
  return sftpTo((stream) => {
    const child = spawn('sh', ['-c', `${limit}exec ${serverProgram}`], { stdio: ['pipe', 'pipe', 'ignore'] });
    child.stdin.on('error', () => {});
    stream.pipe(child.stdin);
    child.stdout.pipe(stream);
    stream.once('close', () => child.kill());
  });
}
