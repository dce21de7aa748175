import { spawn } from 'node:child_process';
import { abortReason, onAbort } from '../../core/abort.js';
import { ConnectError } from '../../core/errors.js';

/** What ssh makes of a target and its configuration: settings of ssh_config(5) by name in lower case, in order. */
export type SshSettings = ReadonlyMap<string, readonly string[]>;

/** A run of `ssh -G`. */
export interface AskSettings {
  readonly ssh: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly host: string;
  readonly signal: AbortSignal;
  /** The error for a configuration that ssh does not take, by what it said. */
  readonly failure: (lines: readonly string[]) => Error;
}

/** Asks ssh what it would do (`ssh -G`). Nothing is connected to; `Match exec` runs. */
export function askSettings(o: AskSettings): Promise<SshSettings> {
  return new Promise((resolve, reject) => {
    const child = spawn(o.ssh, ['-G', ...o.args], { env: o.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = onAbort(o.signal, () => {
      child.kill('SIGKILL');
      reject(abortReason(o.signal, `connecting to ${o.host}`, o.host));
    });
    let text = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    child.once('error', (cause) => {
      stop();
      const message = `Cannot start ${o.ssh}: ${cause.message}. Is OpenSSH's client installed?`;
      reject(new ConnectError('session', message, { host: o.host, cause }));
    });
    child.once('close', (code) => {
      stop();
      if (code === 0) resolve(parseSettings(text));
      else reject(o.failure(said.split(/\r?\n/)));
    });
  });
}

/** Reads what `ssh -G` prints: a setting a line, its name first. */
export function parseSettings(text: string): SshSettings {
  const settings = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, name, value = ''] = /^(\S+) ?(.*)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const values = settings.get(name) ?? [];
    values.push(value);
    settings.set(name, values);
  }
  return settings;
}

/** The first value of a setting; `undefined` where it is not set, or set to `none`. */
export function setting(settings: SshSettings, name: string): string | undefined {
  const value = settings.get(name)?.[0];
  return value === 'none' || value === '' ? undefined : value;
}

/** What goes with each session of a master's: the variables to send, and whether the agent may be asked from there. */
export function sessionOptions(settings: SshSettings): string[] {
  const list = (name: string): string => (settings.get(name) ?? []).map(inQuotes).join(' ');
  const send = list('sendenv');
  const set = list('setenv');
  const forward = setting(settings, 'forwardagent');
  return [
    ...(send === '' ? [] : [`SendEnv=${send}`]),
    ...(set === '' ? [] : [`SetEnv=${set}`]),
    ...(forward === undefined || forward === 'no' ? [] : [`ForwardAgent=${inQuotes(forward)}`]),
  ];
}

function inQuotes(word: string): string {
  return /[\s"'\\#]/.test(word) ? `"${word.replace(/["\\]/g, '\\$&')}"` : word;
}
