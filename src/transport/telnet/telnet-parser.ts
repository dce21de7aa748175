import { Command, IAC, type Verb } from './telnet-codes.js';

/** One thing that the far side said. */
export type TelnetEvent =
  | { readonly type: 'data'; readonly bytes: Buffer }
  | { readonly type: 'negotiate'; readonly verb: Verb; readonly option: number }
  | { readonly type: 'subnegotiation'; readonly option: number; readonly payload: Buffer }
  /** Another command than those: go ahead, are you there, … */
  | { readonly type: 'command'; readonly code: number };

/**
 * The longest subnegotiation that is read, in bytes: the options that are agreed to need six. A longer one is left out,
 * so that one without an end takes no memory.
 */
export const LONGEST_SUBNEGOTIATION = 1024;

const CR = 13;
const NUL = 0;

type State =
  /** Text. */
  | { readonly in: 'data' }
  /** After IAC. */
  | { readonly in: 'command' }
  /** After IAC and a verb. */
  | { readonly in: 'negotiate'; readonly verb: Verb }
  /** After IAC SB. */
  | { readonly in: 'subnegotiation' }
  /** After IAC SB OPTION, with what came of the payload; perhaps after an IAC in it. */
  | { readonly in: 'payload'; readonly option: number; readonly payload: number[]; readonly escaped: boolean };

const DATA: State = { in: 'data' };
const COMMAND: State = { in: 'command' };

/**
 * Reads the far side's bytes as text and commands (RFC 854, 855), however they are cut into pieces. Takes the text's
 * bytes from the chunks as they are, without a copy, but for those that a command or the rule for CR splits.
 */
export class TelnetParser {
  /** Whether the far side sends bytes as they are (RFC 856). May be changed between two events: it holds from there on. */
  binary = false;
  #state: State = DATA;
  #afterCr = false;

  /** What is in the next bytes. They are read as the events are taken: take all of them. */
  *parse(chunk: Buffer): Generator<TelnetEvent, void, void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state.in === 'data') {
        const end = this.#endOfText(chunk, at);
        if (end > at) yield { type: 'data', bytes: chunk.subarray(at, end) };
        at = end;
        if (at === chunk.length) return;
      }
      const event = this.#byte(chunk[at] ?? 0);
      at += 1;
      if (event !== undefined) yield event;
    }
  }

  /** Where the text that begins at `at` is interrupted: by an IAC, or by a NUL that only says that a CR stands alone. */
  #endOfText(chunk: Buffer, at: number): number {
    let end = at;
    for (; end < chunk.length; end += 1) {
      const byte = chunk[end];
      if (byte === IAC || (byte === NUL && this.#afterCr)) break;
      this.#afterCr = byte === CR && !this.binary;
    }
    return end;
  }

  #byte(byte: number): TelnetEvent | undefined {
    this.#afterCr = false;
    switch (this.#state.in) {
      case 'data':
        // A NUL after CR, or an IAC: the rest of the text never gets here.
        if (byte === IAC) this.#state = COMMAND;
        return undefined;
      case 'command':
        return this.#command(byte);
      case 'negotiate': {
        const { verb } = this.#state;
        this.#state = DATA;
        return { type: 'negotiate', verb, option: byte };
      }
      case 'subnegotiation':
        // An IAC stands for no option here: it begins the end of something empty.
        this.#state = byte === IAC ? COMMAND : { in: 'payload', option: byte, payload: [], escaped: false };
        return undefined;
      case 'payload':
        return this.#payload(this.#state, byte);
    }
  }

  #command(byte: number): TelnetEvent | undefined {
    this.#state = DATA;
    switch (byte) {
      case IAC:
        return { type: 'data', bytes: Buffer.of(IAC) };
      case Command.WILL:
      case Command.WONT:
      case Command.DO:
      case Command.DONT:
        this.#state = { in: 'negotiate', verb: byte };
        return undefined;
      case Command.SB:
        this.#state = { in: 'subnegotiation' };
        return undefined;
      default:
        return { type: 'command', code: byte };
    }
  }

  #payload(state: State & { readonly in: 'payload' }, byte: number): TelnetEvent | undefined {
    const { option, payload, escaped } = state;
    if (!escaped && byte === IAC) {
      this.#state = { ...state, escaped: true };
      return undefined;
    }
    if (escaped && byte === Command.SE) {
      this.#state = DATA;
      if (payload.length > LONGEST_SUBNEGOTIATION) return undefined;
      return { type: 'subnegotiation', option, payload: Buffer.from(payload) };
    }
    // Another command in the middle: the end was forgotten, and what was said so far is worth nothing.
    if (escaped && byte !== IAC) return this.#command(byte);
    if (payload.length <= LONGEST_SUBNEGOTIATION) payload.push(byte);
    if (escaped) this.#state = { ...state, escaped: false };
    return undefined;
  }
}
