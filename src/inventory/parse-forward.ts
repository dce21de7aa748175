import { ParseError } from '../core/hawser-error.js';
import type { ForwardEnd, ForwardListen, ForwardSpec } from './forward-spec.js';
import { hostFault } from './host-name.js';

/** A piece between two colons, and where it begins. */
interface Field {
  readonly text: string;
  /** 0-based index in the whole. */
  readonly at: number;
  readonly bracketed: boolean;
}

const SHAPES = {
  local: '[address:]port:host:port, with a socket path in place of either side',
  remote: '[address:]port:host:port, with a socket path in place of either side',
  dynamic: '[address:]port, or a socket path',
} as const;

/** Every address of a machine, as ssh(1) writes it. */
const EVERYWHERE = '*';

/**
 * Reads a forward as ssh(1) takes it after `-L` (`'local'`, the default), `-R` and `-D`.
 *
 * ```text
 * 8080:db:5432                  port 8080 here, db:5432 as the far machine sees it
 * *:8080:localhost:80           on every address, for others too; an empty address means the same
 * [::1]:8080:[2001:db8::7]:80   IPv6 in brackets
 * /tmp/db.sock:/run/db.sock     Unix sockets: whatever holds a slash, in brackets where it holds a colon
 * 1080   [::1]:1080             after -D
 * ```
 * @throws ParseError with the column of what cannot be meant.
 */
export function parseForward(text: string, type: 'local' | 'remote' | 'dynamic' = 'local'): ForwardSpec {
  const fields = splitFields(text);
  const from = takeListen(text, type, fields);
  if (type === 'dynamic') {
    refuseMore(text, type, fields);
    return { type, listen: from };
  }
  const to = takeEnd(text, type, fields);
  refuseMore(text, type, fields);
  return type === 'remote' ? { type, listen: from, to } : { type, listen: from, to };
}

/** Splits at colons outside of brackets. */
function splitFields(text: string): Field[] {
  const fields: Field[] = [];
  for (let at = 0; ; ) {
    const bracketed = text[at] === '[';
    const close = bracketed ? text.indexOf(']', at) : -1;
    if (bracketed && close < 0) throw fault(text, at, 'the bracket is never closed');
    const colon = bracketed ? close + 1 : text.indexOf(':', at);
    if (bracketed && colon < text.length && text[colon] !== ':') {
      throw fault(text, colon, 'a colon has to follow the bracket');
    }
    const end = colon < 0 ? text.length : colon;
    fields.push({ text: bracketed ? text.slice(at + 1, close) : text.slice(at, end), at, bracketed });
    if (end >= text.length) return fields;
    at = end + 1;
  }
}

/** `port`, `address:port` or a path, taken off the front: as many fields as leave the other side whole. */
function takeListen(text: string, type: keyof typeof SHAPES, fields: Field[]): ForwardListen {
  const [first] = fields;
  if (first === undefined || text === '') throw fault(text, 0, `it is empty; write ${SHAPES[type]}`);
  if (isPath(first)) {
    fields.shift();
    return { socketPath: first.text };
  }
  const hasAddress = first.bracketed || !/^\d+$/u.test(first.text) || fields.length > leastAfter(type, fields) + 1;
  if (hasAddress) fields.shift();
  const port = readPort(text, type, fields.shift(), 0);
  return hasAddress ? { host: listenHost(text, first), port } : { host: defaultHost(type), port };
}

/** How many fields the other side has: none, a path, or a host and its port. */
function leastAfter(type: keyof typeof SHAPES, fields: readonly Field[]): number {
  if (type === 'dynamic') return 0;
  const last = fields.at(-1);
  return last !== undefined && isPath(last) ? 1 : 2;
}

function defaultHost(type: keyof typeof SHAPES): string {
  return type === 'remote' ? 'localhost' : '127.0.0.1';
}

function listenHost(text: string, field: Field): string {
  if (field.text === '' || field.text === '*') return EVERYWHERE;
  return readHost(text, field);
}

function takeEnd(text: string, type: keyof typeof SHAPES, fields: Field[]): ForwardEnd {
  const first = fields.shift();
  if (first === undefined) throw fault(text, text.length, `it says not where to; write ${SHAPES[type]}`);
  if (isPath(first)) return { socketPath: first.text };
  return { host: readHost(text, first), port: readPort(text, type, fields.shift(), 1) };
}

function refuseMore(text: string, type: keyof typeof SHAPES, fields: readonly Field[]): void {
  const [more] = fields;
  if (more === undefined) return;
  throw fault(text, more.at, `there is more than ${SHAPES[type]}; an IPv6 address stands in brackets`);
}

function isPath({ text }: Field): boolean {
  return text.includes('/');
}

function readHost(text: string, field: Field): string {
  const wrong = hostFault(field.text);
  if (wrong === undefined) return field.text;
  throw fault(text, field.at + (field.bracketed ? 1 : 0) + wrong.at, wrong.why);
}

function readPort(text: string, type: keyof typeof SHAPES, field: Field | undefined, least: 0 | 1): number {
  if (field === undefined) throw fault(text, text.length, `a port is missing; write ${SHAPES[type]}`);
  const port = !field.bracketed && /^\d{1,5}$/u.test(field.text) ? Number(field.text) : -1;
  if (port >= least && port <= 65_535) return port;
  throw fault(text, field.at, `the port must be a number from ${least} to 65535; write ${SHAPES[type]}`);
}

function fault(text: string, index: number, why: string): ParseError {
  return new ParseError(`Cannot read ${JSON.stringify(text)} as a forward: ${why}`, { line: 1, column: index + 1 });
}
