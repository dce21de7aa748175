import { resolve } from 'node:path';
import type { RunFlags } from '../run/run-flags.js';

/** How the value of a flag is written: a file's path is made whole, since the next run may begin elsewhere. */
type Kind = 'text' | 'file' | 'time' | 'list';

const REACH = {
  user: 'text',
  port: 'text',
  identity: 'file',
  jump: 'text',
  sshConfig: 'file',
  knownHosts: 'file',
  acceptNew: 'text',
  askPass: 'text',
  connectTimeout: 'time',
  session: 'text',
  inventory: 'file',
  testbed: 'file',
} as const satisfies Partial<Record<keyof RunFlags, Kind>>;

const HOW = {
  sudo: 'text',
  askSudoPass: 'text',
  cwd: 'text',
  timeout: 'time',
  batchSize: 'text',
  connectConcurrency: 'text',
  maxConnections: 'text',
  failFast: 'text',
  maxFailures: 'text',
  serial: 'list',
  canary: 'text',
  pause: 'time',
  retries: 'text',
  order: 'text',
} as const satisfies Partial<Record<keyof RunFlags, Kind>>;

/** The flags of a run that a later one may need again, as words of a command line. */
export interface KeptFlags {
  readonly reach: readonly string[];
  readonly how: readonly string[];
}

/** Writes flags down. None of them holds a secret: those are asked for, and the values of `--env` are not among them. */
export function keepFlags(flags: RunFlags): KeptFlags {
  return { reach: wordsOf(flags, REACH), how: wordsOf(flags, HOW) };
}

function wordsOf(flags: RunFlags, kinds: Partial<Record<keyof RunFlags, Kind>>): string[] {
  return Object.entries(kinds).flatMap(([name, kind]) => {
    const value: unknown = Reflect.get(flags, name);
    const flag = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === undefined || value === false) return [];
    if (value === true) return [flag];
    if (kind === 'list') return [`${flag}=${String(value)}`];
    return [value].flat().map((one) => `${flag}=${textOf(String(one), kind)}`);
  });
}

function textOf(text: string, kind: Kind): string {
  if (kind === 'time') return `${text}ms`;
  return kind === 'file' && text !== 'none' && !text.startsWith('~') ? resolve(text) : text;
}
