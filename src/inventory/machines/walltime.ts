const UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['min', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** The longest that is sensible, ten years; longer ones cannot be told to every scheduler. */
export const LONGEST_WALLTIME: number = 3650 * 86_400_000;

/**
 * Reads a span of time with its unit (`90m`, `36h`, `2d`), or as Slurm writes it: `HH:MM:SS`, `D-HH`, `D-HH:MM`,
 * `D-HH:MM:SS` (sbatch(1), `--time`). A number alone has no unit, and `MM:SS` is taken for hours too easily: those are
 * for {@link readSlurmTime}.
 *
 * @returns milliseconds; `undefined` for what is none of these, or not from 1 ms to ten years.
 */
export function readWalltime(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d+)\s*([a-z]+)$/u.exec(text) ?? [];
  const factor = UNITS.get(unit);
  if (factor !== undefined) return sensible(Number(number) * factor);
  return /^\d+$|^\d+:\d+$/u.test(text) ? undefined : readSlurmTime(text);
}

/** Reads a span of time in any of sbatch's forms: besides those of {@link readWalltime} minutes alone, and `MM:SS`. */
export function readSlurmTime(text: string): number | undefined {
  const [, days, rest = ''] = /^(?:(\d+)-)?(\d+(?::\d+){0,2})$/u.exec(text) ?? [];
  if (rest === '') return undefined;
  const [first = 0, second = 0, third = 0, ...none] = rest.split(':').map(Number);
  const count = rest.split(':').length;
  if (none.length > 0) return undefined;
  if (days !== undefined) return sensible(Number(days) * 86_400_000 + clock(first, second, third));
  return sensible(
    count === 1 ? clock(0, first, 0) : count === 2 ? clock(0, first, second) : clock(first, second, third),
  );
}

/** A span of time as {@link readWalltime} reads it: `HH:MM:SS`, with days before it from the second on. */
export function formatWalltime(ms: number): string {
  if (ms % 1000 !== 0) return `${ms}ms`;
  const seconds = ms / 1000;
  const days = Math.floor(seconds / 86_400);
  const parts = [Math.floor((seconds % 86_400) / 3600), Math.floor((seconds % 3600) / 60), seconds % 60];
  const text = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return days === 0 ? text : `${days}-${text}`;
}

function clock(hours: number, minutes: number, seconds: number): number {
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

function sensible(ms: number): number | undefined {
  return Number.isSafeInteger(ms) && ms >= 1 && ms <= LONGEST_WALLTIME ? ms : undefined;
}
