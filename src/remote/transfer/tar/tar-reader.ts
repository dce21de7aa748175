import { BLOCK, readTarHeader, type TarMember, tarPadding } from './tar-header.js';

/** What may follow the end to fill the last record, in bytes: 10 KiB as a rule. */
const LONGEST_FILLER = 1024 * 1024;

/** What a {@link TarReader} tells. */
export interface TarReaderOptions {
  /** Whether a member may be in the archive, with the size that it claims. `false` ends the reading. */
  readonly accept: (member: TarMember) => boolean;
  /** Takes a member that has come whole. */
  readonly take: (member: TarMember, content: Buffer) => void;
}

/**
 * Reads an archive (POSIX.1-2017, pax, "ustar Interchange Format") as it comes, in pieces of any size. It holds one member at
 * a time, and of an archive that is none, or has a member that nobody wants, it reads no further.
 */
export class TarReader {
  readonly #o: TarReaderOptions;
  readonly #header: Buffer = Buffer.alloc(BLOCK);
  #member: { readonly about: TarMember; readonly content: Buffer } | undefined;
  /** How much has come of the header or of the member, padding included. */
  #filled = 0;
  /** How much has come after the end. */
  #filler = 0;
  #state: 'reading' | 'ended' | 'broken' = 'reading';

  constructor(o: TarReaderOptions) {
    this.#o = o;
  }

  /** Reads on. @returns whether it is an archive as it should be, so far. */
  add(bytes: Buffer): boolean {
    let at = 0;
    while (at < bytes.length && this.#state === 'reading') {
      const into = this.#member?.content ?? this.#header;
      const count = bytes.copy(into, this.#filled, at);
      at += count;
      this.#filled += count;
      if (this.#filled < into.length) continue;
      this.#filled = 0;
      if (this.#member === undefined) this.#begin();
      else this.#deliver(this.#member);
    }
    this.#filler += bytes.length - at;
    return this.#state !== 'broken' && this.#filler <= LONGEST_FILLER;
  }

  #begin(): void {
    // A block of zeros is the end; another one follows it, and what fills the last record.
    if (this.#header.every((byte) => byte === 0)) {
      this.#state = 'ended';
      return;
    }
    const about = readTarHeader(this.#header);
    if (about === undefined || !this.#o.accept(about)) {
      this.#state = 'broken';
      return;
    }
    const content = Buffer.allocUnsafe(about.size + tarPadding(about.size).length);
    if (content.length === 0) this.#deliver({ about, content });
    else this.#member = { about, content };
  }

  #deliver({ about, content }: { readonly about: TarMember; readonly content: Buffer }): void {
    this.#member = undefined;
    this.#o.take(about, content.subarray(0, about.size));
  }
}
