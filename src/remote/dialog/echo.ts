/** How much text is looked through for an echo that the device has wrapped, beside the echo itself. */
const SLACK = 1024;

/**
 * Takes the echo of a command off what the device writes. What comes before it belongs to something earlier and is dropped; as
 * long as it has not come, no prompt can be the end of the command. Where a device breaks the line of an echo, blanks tell
 * nothing: they are not compared.
 */
export class EchoFilter {
  readonly #command: string;
  #heard = '';
  #line = '';
  #found: boolean;

  /** @param command what was typed; `undefined`: the device echoes nothing. */
  constructor(command: string | undefined) {
    this.#command = command === undefined ? '' : withoutBlanks(command);
    this.#found = command === undefined;
  }

  /** Whether the echo is behind us. */
  get done(): boolean {
    return this.#found;
  }

  /** The part of what came that is output. */
  pass(text: string): string {
    if (this.#found) return text;
    let at = 0;
    while (at < text.length) {
      const end = text.indexOf('\n', at);
      if (end === -1) break;
      this.#line += text.slice(at, end);
      at = end + 1;
      this.#heard = (this.#heard + withoutBlanks(this.#line)).slice(-(this.#command.length + SLACK));
      this.#line = '';
      if (!this.#heard.endsWith(this.#command)) continue;
      this.#found = true;
      return text.slice(at);
    }
    this.#line = (this.#line + text.slice(at)).slice(-(this.#command.length + SLACK) * 2);
    return '';
  }
}

function withoutBlanks(text: string): string {
  return text.replace(/\s+/g, '');
}
