import type { OpenFile } from '../files/file-driver.js';
import { Generation } from './generation.js';
import type { TailNotice } from './tail-notice.js';

/** One of the files that follow each other at a path. */
export interface Link {
  readonly generation: Generation;
  /** What it means that it is read now. */
  readonly notice: TailNotice;
  /** Whether nothing more can be written to it: a copy of what was truncated. */
  readonly final: boolean;
}

/** A file that is read from its start when those before it have been read. */
export function fromStart(file: OpenFile): Link {
  return rotated(new Generation(file, { position: 0, bytes: Buffer.alloc(0) }));
}

/** A file that took the place of another one. */
export function rotated(generation: Generation): Link {
  return { generation, notice: { type: 'rotated' }, final: false };
}
