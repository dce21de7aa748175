import { DialogError } from '../../core/errors.js';
import type { ModeStep, Platform } from '../../inventory/platform/platform.js';

/** The shortest way from one mode to another. Throws {@link DialogError} (`mode`) where the platform knows none. */
export function wayBetween(platform: Platform, from: string, to: string, name: string): readonly ModeStep[] {
  const ways = new Map<string, readonly ModeStep[]>([[from, []]]);
  for (const [mode, way] of ways) {
    if (mode === to) return way;
    for (const step of platform.steps ?? []) {
      if (step.from === mode && !ways.has(step.to)) ways.set(step.to, [...way, step]);
    }
  }
  throw new DialogError(
    'mode',
    `The platform ${platform.name} knows no way from the mode ${from} to ${to}, which ${name} has to be in.`,
    { host: name },
  );
}
