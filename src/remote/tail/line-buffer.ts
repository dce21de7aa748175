import { StringDecoder } from 'node:string_decoder';

/** A line that is longer comes in pieces, so that a file which never ends one costs no more memory than this. */
const LONGEST_LINE = 1024 * 1024;

/**
 * Text between the file and its reader: bytes go in as they were read, characters and lines come out whole. What has no
 * line end yet is held back from those who want lines, and given to those who want text.
 */
export class LineBuffer {
  readonly #decoder: StringDecoder;
  /** Whole lines with their ends; taken from `#first` on, since moving the rest at every line would cost its square. */
  #lines: string[] = [];
  #first = 0;
  /** The beginning of a line, in pieces. */
  #rest: string[] = [];
  #restLength = 0;

  constructor(encoding: BufferEncoding) {
    this.#decoder = new StringDecoder(encoding);
  }

  /** Whether a whole line is there. */
  get hasLine(): boolean {
    return this.#first < this.#lines.length;
  }

  /** Adds bytes; returns their text. */
  push(bytes: Buffer): string {
    const text = this.#decoder.write(bytes);
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#complete(text.slice(start, end + 1));
      start = end + 1;
    }
    if (start < text.length) this.#hold(text.slice(start));
    return text;
  }

  /** Makes a line of what is held back: the file that it stood in does not go on. Returns the text that this adds. */
  endLine(): string {
    const text = this.#decoder.end();
    this.#hold(text);
    if (this.#restLength > 0) this.#complete('');
    return text;
  }

  /** The next whole line, without its end. */
  takeLine(): string | undefined {
    const line = this.#lines[this.#first];
    if (line === undefined) return undefined;
    this.#first += 1;
    if (this.#first === this.#lines.length) {
      this.#lines = [];
      this.#first = 0;
    }
    return line.replace(/\r?\n$/, '');
  }

  /** Takes all that is there, the beginning of a line too. */
  takeText(): string {
    const text = [...this.#lines.slice(this.#first), ...this.#rest].join('');
    this.#lines = [];
    this.#first = 0;
    this.#rest = [];
    this.#restLength = 0;
    return text;
  }

  #hold(text: string): void {
    if (text === '') return;
    this.#rest.push(text);
    this.#restLength += text.length;
    if (this.#restLength >= LONGEST_LINE) this.#complete('');
  }

  #complete(end: string): void {
    this.#lines.push(this.#rest.length === 0 ? end : this.#rest.join('') + end);
    this.#rest = [];
    this.#restLength = 0;
  }
}
