import type { Abortable } from '../../core/abort.js';
import { nameFromBytes } from './names.js';
import { textEncoding } from './open-flags.js';

/** How names are given: `'buffer'` as bytes. Default `'utf8'`: text, in which bytes that are no UTF-8 come back as they were. */
export type NameEncoding = BufferEncoding | 'buffer' | null | undefined;

/** Options of what gives a name. */
export interface NameOptions extends Abortable {
  readonly encoding?: NameEncoding;
}

/** Options of {@link NameOptions} for who wants text. */
export interface TextNameOptions extends NameOptions {
  readonly encoding?: BufferEncoding | null | undefined;
}

/** Options of {@link NameOptions} for who wants bytes. */
export interface ByteNameOptions extends NameOptions {
  readonly encoding: 'buffer';
}

/** Node takes an encoding in place of options. */
export function nameOptions<O extends NameOptions>(o: O | NameEncoding): O | { readonly encoding: NameEncoding } {
  return typeof o === 'object' && o !== null ? o : { encoding: o };
}

/** Gives names as text. Throws `OptionError` for an encoding that Buffers do not know. */
export function textNames(encoding: NameEncoding): (name: Buffer) => string {
  const known = textEncoding(encoding);
  return known === undefined || known === 'utf8' || known === 'utf-8' ? nameFromBytes : (name) => name.toString(known);
}

/** Gives names as is asked for: as text, or as the bytes that they are. */
export function namesIn(encoding: NameEncoding): (name: Buffer) => string | Buffer {
  return encoding === 'buffer' ? (name) => name : textNames(encoding);
}
