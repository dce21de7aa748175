import { createHmac, randomBytes } from 'node:crypto';
import { fillSchedule, SHA1_START, sha1Block, sha1Schedules } from './sha1.js';

/** 20 bytes in base64 without a choice: 26 characters, one whose last two bits are 0, and the padding. */
const HASHED = /^\|1\|([A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=)\|([A-Za-z0-9+/]{26}[AEIMQUYcgkosw048]=)$/;

/** A host name in the form that `HashKnownHosts` writes: `|1|salt|HMAC-SHA1(salt, name)`, both in base64 (sshd(8)). */
export interface HashedName {
  /** 20 bytes in base64: decoded when a name is first compared. */
  readonly salt: string;
  readonly digest: string;
}

/** Reads `|1|salt|hash`; `undefined` if `text` is not that. */
export function parseHashedName(text: string): HashedName | undefined {
  const [, salt, digest] = HASHED.exec(text) ?? [];
  if (salt === undefined || digest === undefined) return undefined;
  return { salt, digest };
}

/** Writes `name` as `|1|salt|hash`, with a new random salt unless one of 20 bytes is given. */
export function hashName(name: string, salt: Buffer = randomBytes(20)): string {
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

/** Words kept for each name: the state after the inner pad, the state after the outer pad, the digest. */
const WORDS = 15;

/**
 * Many hashed names, and the question which of them hash a given name.
 *
 * Each name has a salt of its own, so there is no index: every one has to be tried. What can be had is a cheap trial.
 * The two blocks of an HMAC that hold its key (RFC 2104 §2) depend on the salt alone, so the states after them are kept,
 * and a trial is one block for the name and one for the outer hash. It takes an eighth of the time of a `createHmac` of
 * `node:crypto` and leaves no garbage, which is why there is a SHA-1 of our own beside this.
 */
export class HashedNames {
  readonly #names: HashedName[] = [];
  /** Filled up to `#prepared` names, when first asked: most runs never meet a hashed line. */
  #words: Int32Array = new Int32Array(0);
  #prepared = 0;
  #asked: { readonly name: string; readonly schedules: readonly Int32Array[] } | undefined;
  readonly #state: Int32Array = new Int32Array(5);
  readonly #outer: Int32Array = outerSchedule();

  get size(): number {
    return this.#names.length;
  }

  /** Adds a name and returns its index. */
  add(name: HashedName): number {
    return this.#names.push(name) - 1;
  }

  /** Whether the hashed name at `index` is a hash of `name`. */
  matches(index: number, name: string): boolean {
    this.#prepare();
    return this.#try(index, this.#schedules(name));
  }

  /** The indexes of all that are hashes of `name`, in order. */
  find(name: string): number[] {
    this.#prepare();
    const schedules = this.#schedules(name);
    const found: number[] = [];
    for (let index = 0; index < this.#names.length; index += 1) {
      if (this.#try(index, schedules)) found.push(index);
    }
    return found;
  }

  #try(index: number, schedules: readonly Int32Array[]): boolean {
    const words = this.#words;
    const state = this.#state;
    const outer = this.#outer;
    const at = index * WORDS;
    let from = words;
    let fromAt = at;
    for (const schedule of schedules) {
      sha1Block(schedule, from, fromAt, state, 0);
      from = state;
      fromAt = 0;
    }
    for (let i = 0; i < 5; i += 1) outer[i] = state[i] ?? 0;
    fillSchedule(outer);
    sha1Block(outer, words, at + 5, state, 0);
    return (
      state[0] === words[at + 10] &&
      state[1] === words[at + 11] &&
      state[2] === words[at + 12] &&
      state[3] === words[at + 13] &&
      state[4] === words[at + 14]
    );
  }

  #schedules(name: string): readonly Int32Array[] {
    if (this.#asked?.name !== name) this.#asked = { name, schedules: sha1Schedules(Buffer.from(name), 64) };
    return this.#asked.schedules;
  }

  #prepare(): void {
    if (this.#prepared === this.#names.length) return;
    const words = new Int32Array(this.#names.length * WORDS);
    words.set(this.#words.subarray(0, this.#prepared * WORDS));
    const schedule = new Int32Array(80);
    for (let index = this.#prepared; index < this.#names.length; index += 1) {
      const name = this.#names[index];
      if (name === undefined) break;
      const at = index * WORDS;
      const salt = Buffer.from(name.salt, 'base64');
      const digest = Buffer.from(name.digest, 'base64');
      keyBlock(schedule, salt, 0x36363636, words, at);
      keyBlock(schedule, salt, 0x5c5c5c5c, words, at + 5);
      for (let i = 0; i < 5; i += 1) words[at + 10 + i] = digest.readInt32BE(i * 4);
    }
    this.#words = words;
    this.#prepared = this.#names.length;
  }
}

/** Writes the state after the block that holds an HMAC's key (RFC 2104 §2), here a salt of 20 bytes. */
function keyBlock(schedule: Int32Array, salt: Buffer, pad: number, to: Int32Array, at: number): void {
  for (let i = 0; i < 16; i += 1) schedule[i] = (i < 5 ? salt.readInt32BE(i * 4) : 0) ^ pad;
  fillSchedule(schedule);
  sha1Block(schedule, SHA1_START, 0, to, at);
}

/** The padding of the outer hash, which always reads 64 bytes of key and 20 of inner hash. */
function outerSchedule(): Int32Array {
  const schedule = new Int32Array(80);
  schedule[5] = -0x80000000;
  schedule[15] = (64 + 20) * 8;
  return schedule;
}
