import { spawn } from 'node:child_process';
import { ConnectError } from '../../core/errors.js';
import type { MuxSetting } from './mux-session.js';

/** What a master answered. */
export interface MuxReply {
  readonly ok: boolean;
  readonly stdout: string;
  /** What ssh complained about. */
  readonly complaint: string;
}

/** Gives a master an order (`ssh -O`), such as `forward` with `['-R', …]`. Throws `ConnectError` where ssh cannot be started. */
export function orderMaster(setting: MuxSetting, order: string, words: readonly string[]): Promise<MuxReply> {
  const { ssh, socket, destination, env, host, workplace } = setting;
  const args = ['-F', 'none', '-S', socket.replaceAll('%', '%%'), '-O', order, ...words, '--', destination];
  return new Promise((resolve, reject) => {
    const child = spawn(ssh, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    workplace.keep(child);
    let stdout = '';
    let complaint = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    child.once('error', (cause) => {
      reject(new ConnectError('session', `Cannot start ${ssh}: ${cause.message}.`, { host, cause }));
    });
    child.once('close', (code) => resolve({ ok: code === 0, stdout, complaint: complaint.trim() }));
  });
}
