/** What one run of a contender cost, by the name of the measure: `cpuMs`, `wallMs`, … */
export type Sample = Readonly<Record<string, number>>;

/** One side of a comparison. */
export interface Contender {
  readonly name: string;
  /** Does the work once, in a process of its own, and says what it cost. */
  readonly run: () => Promise<Sample>;
  /** Why it cannot take part on this machine, and what to install; `undefined` where it can. */
  readonly missing?: string | undefined;
}
