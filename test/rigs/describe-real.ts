import { appendFileSync } from 'node:fs';
import { describe, it } from 'vitest';
import { type Rig, whatIsMissing } from './availability.js';

/**
 * A suite against real programs. Where one of them is missing the suite is skipped, and says so: on stderr, and as a
 * line in the file that `HAWSER_SKIPPED_LOG` names. With `HAWSER_REQUIRE_REAL=1` it fails instead.
 *
 * @param o.retry how often a test of it that fails is tried again, for programs that are known to die by themselves.
 */
export function describeReal(
  need: readonly Rig[],
  title: string,
  suite: () => void,
  o: { readonly retry?: number } = {},
): void {
  const missing = need.map(whatIsMissing).filter((lack) => lack !== undefined);
  if (missing.length === 0) {
    describe(title, o, suite);
    return;
  }
  const line = `SKIPPED real-server suite "${title}": ${missing.join(', ')}`;
  console.error(line);
  const log = process.env['HAWSER_SKIPPED_LOG'];
  if (log !== undefined && log !== '') appendFileSync(log, `${line}\n`);
  if (process.env['HAWSER_REQUIRE_REAL'] === '1') {
    describe(title, () => {
      it('has the real programs that it needs', () => {
        throw new Error(`${line}; HAWSER_REQUIRE_REAL=1 forbids to skip it`);
      });
    });
    return;
  }
  describe.skip(title, suite);
}
