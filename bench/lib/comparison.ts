import type { Contender, Sample } from './contender.js';
import { type Spread, spread } from './median.js';

/** A measure that is printed, in its own column. */
export interface Measure {
  /** Its name in the samples. */
  readonly name: string;
  /** Its heading. */
  readonly title: string;
  readonly unit: string;
}

/** What nearly every row measures. */
export const CPU_AND_WALL: readonly Measure[] = [
  { name: 'cpuMs', title: 'client CPU', unit: 'ms' },
  { name: 'wallMs', title: 'wall', unit: 'ms' },
];

/** What must be reached: a ratio against a peer, or where there is no peer a limit. */
export interface Target {
  readonly measure: string;
  /** The contender that is ours. */
  readonly ours: string;
  /** The contender that it is held against; left out for a limit in the measure's own unit. */
  readonly against?: string;
  /** The most that is allowed: a factor, or a value of the measure. Left out where it is only shown. */
  readonly most?: number;
}

/** What to compare, and how. */
export interface ComparisonPlan {
  readonly title: string;
  readonly contenders: readonly Contender[];
  readonly measures: readonly Measure[];
  readonly targets: readonly Target[];
}

/** A target, and how far it was reached. */
export interface Verdict extends Target {
  /** The ratio, or the value; `undefined` where a side was missing. */
  readonly reached: number | undefined;
  /** `undefined` where nothing was asked for, or a side was missing. */
  readonly met: boolean | undefined;
}

/** What a contender needed, by measure; or why it did not take part. */
export type Standing =
  | { readonly name: string; readonly costs: Readonly<Record<string, Spread>>; readonly samples: readonly Sample[] }
  | { readonly name: string; readonly missing: string };

/** The outcome of a comparison. */
export interface Comparison {
  readonly title: string;
  readonly rounds: number;
  readonly measures: readonly Measure[];
  readonly standings: readonly Standing[];
  readonly verdicts: readonly Verdict[];
}

/**
 * Runs every contender once a round, one after another, so that what else this machine does meets all of them alike.
 * Each is judged by its medians.
 */
export async function compare(plan: ComparisonPlan, rounds: number): Promise<Comparison> {
  const present = plan.contenders.filter(({ missing }) => missing === undefined);
  const samples = new Map<Contender, Sample[]>(present.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [contender, taken] of samples) taken.push(await contender.run());
  }
  const standings = plan.contenders.map((contender): Standing => {
    const taken = samples.get(contender);
    if (taken === undefined) return { name: contender.name, missing: contender.missing ?? '' };
    return { name: contender.name, costs: costsOf(taken), samples: taken };
  });
  const verdicts = plan.targets.map((target) => judge(target, standings));
  return { title: plan.title, rounds, measures: plan.measures, standings, verdicts };
}

function costsOf(samples: readonly Sample[]): Readonly<Record<string, Spread>> {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, spread(samples.map((sample) => sample[name] ?? Number.NaN))]));
}

function judge(target: Target, standings: readonly Standing[]): Verdict {
  const medianOf = (name: string): number | undefined => {
    const standing = standings.find((s) => s.name === name);
    return standing !== undefined && 'costs' in standing ? standing.costs[target.measure]?.median : undefined;
  };
  const ours = medianOf(target.ours);
  const theirs = target.against === undefined ? 1 : medianOf(target.against);
  if (ours === undefined || theirs === undefined) return { ...target, reached: undefined, met: undefined };
  const reached = ours / theirs;
  return { ...target, reached, met: target.most === undefined ? undefined : reached <= target.most };
}
