/** What a SOCKS client asks for: a connection to there. */
export interface SocksRequest {
  readonly version: 4 | 5;
  readonly host: string;
  readonly port: number;
}

/** How far a handshake has come. What is to be sent is to be sent first. */
export type SocksStep = { readonly reply?: Buffer } & (
  | /** More bytes have to come. */ { readonly type: 'more' }
  | /** The client said where to; `rest` are the first bytes that are for there. */ {
      readonly type: 'request';
      readonly request: SocksRequest;
      readonly rest: Buffer;
    }
  | /** It cannot be had. */ { readonly type: 'refused'; readonly why: string }
);

/** How a request came out, by the names of RFC 1928 §6. */
export type SocksOutcome =
  | 'succeeded'
  | 'failed'
  | 'prohibited'
  | 'network-unreachable'
  | 'host-unreachable'
  | 'refused'
  | 'timed-out'
  | 'command'
  | 'address';

const REPLY_CODES: Readonly<Record<SocksOutcome, number>> = {
  succeeded: 0,
  failed: 1,
  prohibited: 2,
  'network-unreachable': 3,
  'host-unreachable': 4,
  refused: 5,
  'timed-out': 6,
  command: 7,
  address: 8,
};

const CONNECT = 1;
const NO_AUTHENTICATION = 0;
/** No name, nor the name of a user, is longer (RFC 1928 §5). */
const LONGEST_NAME = 255;

/** The answer to a request. The address that was bound is the far machine's to know: 0.0.0.0:0, as of ssh(1). */
export function socksReply(version: 4 | 5, outcome: SocksOutcome): Buffer {
  if (version === 4) return Buffer.from([0, outcome === 'succeeded' ? 90 : 91, 0, 0, 0, 0, 0, 0]);
  return Buffer.from([5, REPLY_CODES[outcome], 0, 1, 0, 0, 0, 0, 0, 0]);
}

/**
 * The server's side of a SOCKS handshake: version 5 (RFC 1928) without authentication, version 4 and 4a; `CONNECT` alone.
 * Bytes come in pieces of any length.
 */
export class SocksHandshake {
  #bytes: Buffer = Buffer.alloc(0);
  #greeted = false;

  /** Takes bytes. Not to be called again once it has said something else than `more`. */
  push(chunk: Buffer): SocksStep {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const [version] = this.#bytes;
    if (version === undefined) return { type: 'more' };
    if (version === 5) return this.#greeted ? this.#request5() : this.#greeting();
    if (version === 4) return this.#request4();
    return { type: 'refused', why: `its first byte is ${version}, which is no version of SOCKS` };
  }

  #greeting(): SocksStep {
    const count = this.#bytes[1];
    if (count === undefined || this.#bytes.length < 2 + count) return { type: 'more' };
    if (!this.#bytes.subarray(2, 2 + count).includes(NO_AUTHENTICATION)) {
      return { type: 'refused', why: 'it insists on authentication', reply: Buffer.from([5, 255]) };
    }
    this.#greeted = true;
    const greeting = Buffer.from([5, NO_AUTHENTICATION]);
    this.#bytes = this.#bytes.subarray(2 + count);
    // A client need not wait for the answer before it asks.
    const { reply, ...step } = this.#request5();
    return { ...step, reply: reply === undefined ? greeting : Buffer.concat([greeting, reply]) };
  }

  #request5(): SocksStep {
    const bytes = this.#bytes;
    const [version, command, , kind, first] = bytes;
    if (version !== undefined && version !== 5) return { type: 'refused', why: `its request is of version ${version}` };
    if (kind === undefined || first === undefined) return { type: 'more' };
    const refused = (why: string, outcome: SocksOutcome): SocksStep => ({
      type: 'refused',
      why,
      reply: socksReply(5, outcome),
    });
    const length = addressLength(kind, first);
    if (length === undefined) return refused(`it knows an address of a kind of its own (${kind})`, 'address');
    const end = 4 + length;
    if (bytes.length < end + 2) return { type: 'more' };
    if (command !== CONNECT) return refused(`it wants something else than to connect (${command})`, 'command');
    const address = bytes.subarray(4, end);
    const host = kind === 1 ? ipv4(address) : kind === 4 ? ipv6(address) : address.toString('utf8', 1);
    if (!isName(host)) return refused('the name that it wants to reach is none', 'failed');
    return {
      type: 'request',
      request: { version: 5, host, port: bytes.readUInt16BE(end) },
      rest: bytes.subarray(end + 2),
    };
  }

  #request4(): SocksStep {
    const bytes = this.#bytes;
    if (bytes.length < 9) return { type: 'more' };
    const refused = (why: string): SocksStep => ({ type: 'refused', why, reply: socksReply(4, 'failed') });
    if (bytes[1] !== CONNECT) return refused(`it wants something else than to connect (${bytes[1]})`);
    const user = textUntilNul(bytes, 8);
    if (user === 'long') return refused('the name of its user is too long');
    if (user === undefined) return { type: 'more' };
    const port = bytes.readUInt16BE(2);
    const address = bytes.subarray(4, 8);
    // SOCKS 4a: an address that cannot be, and the name behind it.
    const named = address.readUIntBE(0, 3) === 0 && address[3] !== 0;
    if (!named) {
      return { type: 'request', request: { version: 4, host: ipv4(address), port }, rest: bytes.subarray(user.end) };
    }
    const name = textUntilNul(bytes, user.end);
    if (name === 'long') return refused('the name that it wants to reach is too long');
    if (name === undefined) return { type: 'more' };
    if (!isName(name.text)) return refused('the name that it wants to reach is none');
    return { type: 'request', request: { version: 4, host: name.text, port }, rest: bytes.subarray(name.end) };
  }
}

/** How long the address of a kind is in bytes (RFC 1928 §5); the first of a name tells its length. */
function addressLength(kind: number, first: number): number | undefined {
  if (kind === 1) return 4;
  if (kind === 4) return 16;
  return kind === 3 ? 1 + first : undefined;
}

/** Text up to the next NUL, and the index behind that; `undefined` while it has not come. */
function textUntilNul(
  bytes: Buffer,
  from: number,
): { readonly text: string; readonly end: number } | 'long' | undefined {
  const nul = bytes.indexOf(0, from);
  if ((nul < 0 ? bytes.length : nul) - from > LONGEST_NAME) return 'long';
  return nul < 0 ? undefined : { text: bytes.toString('utf8', from, nul), end: nul + 1 };
}

function ipv4(bytes: Buffer): string {
  return bytes.join('.');
}

/** The eight groups in full: whoever reads it takes them as well as the short form (RFC 4291 §2.2). */
function ipv6(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_, group) => bytes.readUInt16BE(group * 2).toString(16)).join(':');
}

/** Whether it may be passed on as the name of a host; whether there is one is for who looks it up. */
function isName(host: string): boolean {
  return host !== '' && !/[\u0000-\u0020\u007f\ufffd]/u.test(host);
}
