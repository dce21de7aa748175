const NEWLINE = 0x0a;

/** A line that is longer is cut, so that a host which never ends one costs no more memory than this. */
const LONGEST_LINE = 64 * 1024;

/** Cuts a stream of bytes into lines. The line ends are not part of them; a line over 64 KiB comes in pieces. */
export class LineSplitter {
  #rest: Buffer[] = [];
  #size = 0;

  /** The lines that `chunk` completes. */
  push(chunk: Buffer): Buffer[] {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      lines.push(this.#completed(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) {
      // A copy: the chunk may be a window on a buffer that is much larger.
      this.#rest.push(start === 0 ? chunk : Buffer.from(chunk.subarray(start)));
      this.#size += chunk.length - start;
      if (this.#size >= LONGEST_LINE) lines.push(...this.#pieces());
    }
    return lines;
  }

  /** The last line, where the stream ended without ending it. */
  end(): Buffer | undefined {
    return this.#size === 0 ? undefined : this.#completed(Buffer.alloc(0));
  }

  #completed(last: Buffer): Buffer {
    if (this.#size === 0) return last;
    const line = Buffer.concat([...this.#rest, last]);
    this.#rest = [];
    this.#size = 0;
    return line;
  }

  #pieces(): Buffer[] {
    const pieces: Buffer[] = [];
    let line = this.#completed(Buffer.alloc(0));
    for (; line.length >= LONGEST_LINE; line = line.subarray(LONGEST_LINE)) pieces.push(line.subarray(0, LONGEST_LINE));
    if (line.length > 0) {
      this.#rest = [Buffer.from(line)];
      this.#size = line.length;
    }
    return pieces;
  }
}
