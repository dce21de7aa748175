/** After how much data, and how long, the keys are changed: RFC 4253 §9 recommends a gigabyte, and an hour. */
export interface RekeyLimits {
  readonly bytes: number;
  readonly ms: number;
}

export const REKEY_LIMITS: RekeyLimits = { bytes: 2 ** 30, ms: 3_600_000 };

/** Tells when it is time for new keys: ssh2 does not by itself. Counted on the link, where every byte passes. */
export class Rekeying {
  readonly #limits: RekeyLimits;
  readonly #rekey: () => void;
  #bytes = 0;
  #since: number = performance.now();

  constructor(limits: RekeyLimits, rekey: () => void) {
    this.#limits = limits;
    this.#rekey = rekey;
  }

  /** Counts bytes that went either way. Looked at when there is traffic: an idle connection wears no key out. */
  passed(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < this.#limits.bytes && performance.now() - this.#since < this.#limits.ms) return;
    this.#bytes = 0;
    this.#since = performance.now();
    this.#rekey();
  }
}
