import type { Comparison } from './comparison.js';

/** What a row is told. */
export interface RowOptions {
  /** How often each contender runs. */
  readonly rounds: number;
  /** The checkout, with `dist/` as it is shipped. */
  readonly root: string;
}

/** A row of the table of what must be reached. */
export interface Row {
  /** `P1`, … */
  readonly id: string;
  readonly title: string;
  run(o: RowOptions): Promise<readonly Comparison[]>;
}
