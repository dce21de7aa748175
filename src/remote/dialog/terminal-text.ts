import { StringDecoder } from 'node:string_decoder';

/** A line longer than this is given out from its start: a terminal could not go back there either. */
const LONGEST_LINE = 8192;
/** How much of such a line is kept, so that what is drawn over its end is understood. */
const KEPT_OF_LINE = 4096;
/** An escape sequence longer than this is none. */
const LONGEST_ESCAPE = 1024;

const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f]/g;

/**
 * Makes text of what is written to a terminal: the bytes are decoded, escape sequences (ECMA-48 §5.4, §8.3) are taken out, and
 * what is drawn over by carriage returns, backspaces and erasures is gone, as it is on a screen. Lines end in `\n`.
 *
 * It needs time in proportion to what comes, and no memory but for one line.
 */
export class TerminalText {
  readonly #decoder = new StringDecoder('utf8');
  /** The last line as far as it has come, and where the next character goes. */
  #line = '';
  #column = 0;
  /** Whether something of the line was drawn over: blanks at its end may be what erased it. */
  #redrawn = false;
  /** An escape sequence that has not come to its end. */
  #escape = '';

  /** The line that is being written, up to its last character that is not an erased one. */
  get line(): string {
    return this.#redrawn ? this.#line.slice(0, this.#column) + this.#line.slice(this.#column).trimEnd() : this.#line;
  }

  /** Takes what came, and gives the text that cannot change any more: whole lines, but for the longest. */
  push(chunk: Buffer): string {
    const text = this.#escape + this.#decoder.write(chunk);
    this.#escape = '';
    let done = '';
    let at = 0;
    while (at < text.length) {
      CONTROL.lastIndex = at;
      const end = CONTROL.exec(text)?.index ?? text.length;
      if (end > at) {
        this.#write(text.slice(at, end));
        if (this.#line.length > LONGEST_LINE) done += this.#cut();
      }
      if (end === text.length) break;
      const control = text[end];
      at = end + 1;
      if (control === '\n') done += this.#endLine();
      else if (control === '\r') this.#column = 0;
      else if (control === '\b') this.#column = Math.max(0, this.#column - 1);
      else if (control === '\u001b') {
        const length = escapeLength(text, end);
        if (length === undefined) {
          this.#escape = text.slice(end);
          break;
        }
        this.#obey(text.slice(end, end + length));
        at = end + length;
      }
    }
    return done;
  }

  /** Gives the line that is being written, and begins anew. */
  takeLine(): string {
    const { line } = this;
    this.#line = '';
    this.#column = 0;
    this.#redrawn = false;
    return line;
  }

  #write(text: string): void {
    if (this.#column === this.#line.length) this.#line += text;
    else {
      this.#redrawn = true;
      this.#line = this.#line.slice(0, this.#column) + text + this.#line.slice(this.#column + text.length);
    }
    this.#column += text.length;
  }

  #cut(): string {
    if (this.#column < this.#line.length) return '';
    const done = this.#line.slice(0, -KEPT_OF_LINE);
    this.#line = this.#line.slice(-KEPT_OF_LINE);
    this.#column = this.#line.length;
    return done;
  }

  #endLine(): string {
    const line = this.#redrawn ? this.#line.trimEnd() : this.#line;
    this.#line = '';
    this.#column = 0;
    this.#redrawn = false;
    return `${line}\n`;
  }

  /** Of all escape sequences those that change a line: erasing (EL, ED, ECH, DCH) and moving (CUF, CUB, CHA). */
  #obey(sequence: string): void {
    const [, parameter = '', action] = /^\u001b\[(\d*)([A-Za-z@])$/.exec(sequence) ?? [];
    const count = Math.max(1, Number(parameter));
    switch (action) {
      case 'K':
        this.#erase(parameter);
        break;
      case 'J':
        if (parameter === '' || parameter === '0') this.#erase('');
        break;
      case 'P':
        this.#line = this.#line.slice(0, this.#column) + this.#line.slice(this.#column + count);
        break;
      case 'C':
        this.#column = Math.min(this.#line.length, this.#column + count);
        break;
      case 'D':
        this.#column = Math.max(0, this.#column - count);
        break;
      case 'G':
        this.#column = Math.min(this.#line.length, count - 1);
        break;
    }
  }

  #erase(how: string): void {
    if (how === '' || how === '0') this.#line = this.#line.slice(0, this.#column);
    else if (how === '1') this.#line = ' '.repeat(this.#column) + this.#line.slice(this.#column);
    else if (how === '2') this.#line = ' '.repeat(this.#column);
    this.#redrawn = true;
  }
}

/** How long the escape sequence is that begins at `start`; `undefined` where its end has not come. */
function escapeLength(text: string, start: number): number | undefined {
  const kind = text[start + 1];
  if (kind === undefined) return undefined;
  if (kind === '[') return found(text, start, /[@-~]|(?=[^\u0020-\u003f])/g, 2);
  // Strings that end in ST or BEL: OSC, DCS, SOS, PM, APC.
  if (/[\]PX^_]/.test(kind)) return found(text, start, /\u0007|\u001b\\/g, 2);
  if (/[ -/]/.test(kind)) return found(text, start, /[0-~]/g, 1);
  return 2;
}

function found(text: string, start: number, end: RegExp, from: number): number | undefined {
  end.lastIndex = start + from;
  const match = end.exec(text.slice(0, start + LONGEST_ESCAPE));
  if (match !== null) return match.index + match[0].length - start;
  // One that never ends is no sequence: only its first characters are lost.
  return text.length - start > LONGEST_ESCAPE ? from : undefined;
}
