import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { ConnectError } from '../../core/errors.js';
import { visible } from '../../core/visible.js';
import type { Link } from './link.js';

const KEPT_STDERR = 2000;

/** A proxy command that runs: its stdin and stdout are the link, and it is ended and reaped with the link. */
export interface ProxyCommand {
  readonly link: Link;
  /** Why it failed, as far as it has said so or its exit status tells. */
  readonly failure: () => ConnectError | undefined;
  /** Settles once the process has ended and was reaped. */
  readonly ended: Promise<void>;
}

/**
 * Starts a `ProxyCommand` (ssh_config(5)) in the user's shell, in a process group of its own. When the link is
 * destroyed or ends, the whole group is told to end, and killed if it stays.
 */
export function startProxyCommand(command: string, who: { readonly host: string; readonly hop: string }): ProxyCommand {
  // As ssh(1) does: the shell gives way to the command, so that no shell is left between us and it.
  const child = spawn(process.env['SHELL'] ?? '/bin/sh', ['-c', `exec ${command}`], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-KEPT_STDERR);
  });
  const failure = (): ConnectError | undefined => {
    const said = visible(complaint.trim().split('\n').at(-1) ?? '');
    const failed = child.exitCode !== null && child.exitCode !== 0;
    if (!failed && said === '') return undefined;
    const how = failed ? ` ended with status ${child.exitCode}` : ' failed';
    return new ConnectError('tcp', `The ProxyCommand for ${who.host}${how}${said === '' ? '' : `: ${said}`}.`, who);
  };
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  // Such a stream calls its own destruction an error, also where nobody listens any more, or does yet.
  stream.on('error', () => {});

  const end = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group has gone in the meantime, which is what was wanted.
    }
  };
  let last: NodeJS.Timeout | undefined;
  stream.once('close', () => {
    end('SIGTERM');
    last = setTimeout(() => end('SIGKILL'), 1000).unref();
  });
  child.once('error', (cause) => {
    stream.destroy(
      new ConnectError('tcp', `Cannot start the ProxyCommand for ${who.host}: ${cause.message}.`, { ...who, cause }),
    );
  });
  child.once('exit', () => clearTimeout(last));

  // A child's pipes are sockets, whatever their declared type: they can be let go of like one.
  const pipes = [child.stdin, child.stdout, child.stderr].filter((pipe) => pipe instanceof Socket);
  const link = Object.assign(stream, {
    ref: () => [child, ...pipes].forEach((part) => void part.ref()),
    unref: () => [child, ...pipes].forEach((part) => void part.unref()),
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve()).once('error', () => resolve());
  });
  return { link, failure, ended };
}
