import { spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { ConnectError } from '../../core/errors.js';
import { visible } from '../../core/visible.js';
import { Pipes } from '../pipes.js';
import type { Link } from './link.js';

const KEPT_STDERR = 2000;
/** How long a command that has closed its stdout by itself may take to say why, in milliseconds. */
const LAST_WORDS = 500;
/** How long one that was told to end may take for it, in milliseconds. */
const GRACE = 1000;

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
  const stream = new Pipes(child.stdin, child.stdout);
  // Whoever uses it may not listen any more, or not yet: an error that nobody hears would end the process.
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
  const tell = (): void => {
    end('SIGTERM');
    last = setTimeout(() => end('SIGKILL'), GRACE).unref();
  };
  stream.once('close', () => {
    if (stream.wasLeft) last = setTimeout(tell, LAST_WORDS).unref();
    else tell();
  });
  child.once('error', (cause) => {
    stream.destroy(
      new ConnectError('tcp', `Cannot start the ProxyCommand for ${who.host}: ${cause.message}.`, { ...who, cause }),
    );
  });
  child.once('exit', () => clearTimeout(last));

  // A child's pipes are sockets, whatever their declared type: they can be let go of like one.
  const sockets = [child.stdin, child.stdout, child.stderr].filter((pipe) => pipe instanceof Socket);
  const link = Object.assign(stream, {
    ref: () => [child, ...sockets].forEach((part) => void part.ref()),
    unref: () => [child, ...sockets].forEach((part) => void part.unref()),
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve()).once('error', () => resolve());
  });
  return { link, failure, ended };
}
