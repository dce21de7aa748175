import type { Candidate } from './candidate.js';
import { Generation, type Mark } from './generation.js';
import type { TailNotice } from './tail-notice.js';

/** One of the files that follow each other at a path. */
export interface Link {
  readonly generation: Generation;
  /** What it means that it is read now. */
  readonly notices: readonly TailNotice[];
  /** Whether nothing more can be written to it: a copy of what was truncated. */
  readonly final: boolean;
  /** Whether there may be copies of what stood in it before anything of it was read. */
  readonly copyable: boolean;
}

/** A file that took the place of another one: it is read from its start, or from a mark on. */
export function rotated({ file, stats }: Candidate, mark?: Mark): Link {
  return {
    generation: new Generation(file, stats, mark),
    notices: [{ type: 'rotated' }],
    final: false,
    copyable: false,
  };
}

/** A copy of what stood in a file that was truncated. */
export function copied({ file, stats }: Candidate, mark?: Mark): Link {
  return {
    generation: new Generation(file, stats, mark),
    notices: [{ type: 'truncated' }],
    final: true,
    copyable: false,
  };
}

/** A file that is read from its start again, since it was truncated. */
export function truncated(generation: Generation): Link {
  return { generation, notices: [{ type: 'truncated' }], final: false, copyable: true };
}
