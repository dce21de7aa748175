import type { RunFlags } from './run-flags.js';

/** A `hawser run` of the simplest form. */
export interface PlainRun {
  /** The one host, as it was named. */
  readonly name: string;
  readonly command: string;
  readonly flags: RunFlags;
}

/** The options with a value that a plain run may have, by what they are called, and how the value is kept. */
const OPTIONS: Readonly<Record<string, (value: string) => Partial<RunFlags> | undefined>> = {
  hosts: (value) => ({ hosts: [value] }),
  user: (value) => ({ user: value }),
  port: (value) => (/^\d{1,5}$/.test(value) && isPort(Number(value)) ? { port: Number(value) } : undefined),
  identity: (value) => ({ identity: [value] }),
  'ssh-config': (value) => ({ sshConfig: value }),
  'known-hosts': (value) => ({ knownHosts: [value] }),
  session: (value) => (value === 'auto' || value === 'always' ? { session: value } : undefined),
};
const SHORT: Readonly<Record<string, string>> = {
  H: 'hosts',
  l: 'user',
  p: 'port',
  i: 'identity',
  F: 'ssh-config',
};
/** A name of one host alone: no pattern, list, group or address in brackets, and not this machine. */
const ONE_HOST = /^(?!local)(?:[\w.+-]+@)?[A-Za-z\d][A-Za-z\d.-]*(?::\d{1,5})?$/;

/**
 * Reads the words behind `hawser run` where they name one host, a command behind `--`, and nothing but how to get in, each at
 * most once. `undefined` for all others, which may be right or wrong: they are the whole reader's.
 */
export function readPlainRun(words: readonly string[]): PlainRun | undefined {
  const end = words.indexOf('--');
  const command = words.slice(end + 1).join(' ');
  if (end < 0 || command.trim() === '') return undefined;
  let flags: RunFlags = { output: 'stream', record: true, color: 'auto' };
  const seen = new Set<string>();
  const left = words.slice(0, end);
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === '-q' || word === '--quiet') {
      flags = { ...flags, quiet: true };
      continue;
    }
    const name = optionName(word);
    const value = left.shift() ?? '';
    const set =
      Object.hasOwn(OPTIONS, name) && value !== '' && !value.startsWith('-') ? OPTIONS[name]?.(value) : undefined;
    if (set === undefined || seen.has(name)) return undefined;
    seen.add(name);
    flags = { ...flags, ...set };
  }
  const [host] = flags.hosts ?? [];
  return host !== undefined && ONE_HOST.test(host) ? { name: host, command, flags } : undefined;
}

function optionName(word: string): string {
  if (word.startsWith('--')) return word.slice(2);
  return (word.length === 2 && word.startsWith('-') ? SHORT[word.slice(1)] : undefined) ?? '';
}

function isPort(number: number): boolean {
  return number >= 1 && number <= 65_535;
}
