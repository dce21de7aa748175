import { statSync } from 'node:fs';
import { addedHosts } from '../inventory/ssh-config/added-hosts.js';
import { type ConfigReader, nodeConfigReader } from '../inventory/ssh-config/config-reader.js';
import { SshConfig } from '../inventory/ssh-config/ssh-config.js';

/** For how long nobody looks whether files have changed, in milliseconds: a thousand who ask at once look once. */
const FRESH = 1000;

interface Watched {
  readonly config: SshConfig | undefined;
  /** How the files and directories stood that it was read from, by path; those that are missing too. */
  readonly seen: ReadonlyMap<string, string>;
  lookedAt: number;
}

/** The ssh_config that targets name, read once and again when a file, or the hosts that are added by hand, have changed. */
export class WatchedConfigs {
  readonly #configs = new Map<boolean | string, Watched>();
  #hosts = addedHosts.version;

  /**
   * What the `sshConfig` field of a target names; `undefined`: none.
   *
   * @throws OptionError, ParseError where it cannot be read or meant.
   */
  get(choice: boolean | string): SshConfig | undefined {
    if (this.#hosts !== addedHosts.version) this.#configs.clear();
    this.#hosts = addedHosts.version;
    const known = this.#configs.get(choice);
    if (known !== undefined && isCurrent(known)) return known.config;
    // One that cannot be read any more is not gone on with.
    this.#configs.delete(choice);
    const read = readConfig(choice);
    this.#configs.set(choice, read);
    return read.config;
  }
}

function isCurrent(known: Watched): boolean {
  const now = performance.now();
  if (now - known.lookedAt < FRESH) return true;
  known.lookedAt = now;
  return [...known.seen].every(([path, state]) => stateOf(path) === state);
}

function readConfig(choice: boolean | string): Watched {
  const lookedAt = performance.now();
  const hosts = addedHosts.entries;
  const seen = new Map<string, string>();
  if (choice === false && hosts.length === 0) return { config: undefined, seen, lookedAt };
  // Before it is read: what changes meanwhile is seen the next time.
  const note = (path: string): void => void seen.set(path, stateOf(path));
  const reader: ConfigReader = {
    readFile(path, o) {
      note(path);
      return nodeConfigReader.readFile(path, o);
    },
    readDirectory(path) {
      note(path);
      return nodeConfigReader.readDirectory(path);
    },
  };
  const files = choice === true ? undefined : choice === false ? [] : choice;
  return { config: SshConfig.loadSync(files, { hosts, reader }), seen, lookedAt };
}

function stateOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? '' : [found.ino, found.size, found.mtimeMs, found.ctimeMs].join(' ');
}
