import type { ConfigPosition } from './lexer.js';
import type { JumpHost } from './proxy-jump.js';

/** How a list of algorithms changes the default one (ssh_config(5), `+`, `-` and `^` before the list). */
export interface AlgorithmList {
  /** `set` replaces the defaults, `append` and `prepend` add to them, `remove` takes what matches (wildcards) out of them. */
  readonly op: 'set' | 'append' | 'remove' | 'prepend';
  readonly names: readonly string[];
}

/** A text that is expanded once everything is known, and where it was written. */
export interface RawText {
  readonly text: string;
  readonly at: ConfigPosition;
}

/** What the lines that applied have said, as they said it: tokens, tildes and variables are not expanded yet. */
export interface Settings {
  hostname?: string;
  port?: number;
  user?: string;
  hostkeyalias?: string;
  identitiesonly?: boolean;
  identityagent?: string;
  proxyjump?: readonly JumpHost[] | 'none';
  proxycommand?: string;
  userknownhostsfile?: readonly string[];
  globalknownhostsfile?: readonly string[];
  hashknownhosts?: boolean;
  stricthostkeychecking?: 'yes' | 'no' | 'ask' | 'accept-new';
  connecttimeout?: number;
  connectionattempts?: number;
  serveraliveinterval?: number;
  serveralivecountmax?: number;
  ciphers?: AlgorithmList;
  macs?: AlgorithmList;
  kexalgorithms?: AlgorithmList;
  hostkeyalgorithms?: AlgorithmList;
  pubkeyacceptedalgorithms?: AlgorithmList;
  preferredauthentications?: readonly string[];
  pubkeyauthentication?: boolean;
  passwordauthentication?: boolean;
  kbdinteractiveauthentication?: boolean;
  setenv?: readonly string[];
  forwardagent?: boolean;
  forwardagentpath?: string;
  compression?: boolean;
  addressfamily?: 'any' | 'inet' | 'inet6';
  bindaddress?: string;
  canonicalizehostname?: boolean;
  tag?: string;
}

/** The settings of one host while they are being collected: the first value of each keyword wins, lists grow. */
export class Draft {
  readonly settings: Settings = {};
  readonly identityFiles: RawText[] = [];
  readonly certificateFiles: RawText[] = [];
  sendEnv: string[] = [];
  readonly #positions = new Map<string, ConfigPosition>();

  /** Takes the value unless the keyword has one already; no value leaves the word to later lines. */
  first<K extends keyof Settings>(key: K, value: Settings[K] | undefined, at: ConfigPosition): void {
    if (value === undefined || this.settings[key] !== undefined) return;
    this.settings[key] = value;
    this.note(key, at);
  }

  /** Adds a file to a list, once. */
  addFile(list: 'identityFiles' | 'certificateFiles', text: string, at: ConfigPosition): void {
    if (this[list].some((known) => known.text === text)) return;
    this[list].push({ text, at });
  }

  /** Remembers the first line that had a say in the keyword. */
  note(keyword: string, at: ConfigPosition): void {
    if (!this.#positions.has(keyword)) this.#positions.set(keyword, at);
  }

  /** The line that decided the keyword; `undefined` where none did. */
  positionOf(keyword: string): ConfigPosition | undefined {
    return this.#positions.get(keyword);
  }
}
