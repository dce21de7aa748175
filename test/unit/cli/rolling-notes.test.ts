import { describe, expect, it } from 'vitest';
import { RollingNotes } from '../../../src/cli/run/rolling-notes.js';
import { makePaint } from '../../../src/cli/terminal/paint.js';
import { AbortError } from '../../../src/core/errors.js';
import { screens } from './results.js';

const made = (o: { pause?: number; quiet?: boolean } = {}) => {
  const { output, text } = screens();
  const notes = new RollingNotes({ output, paint: makePaint(false), pause: o.pause ?? 0, quiet: o.quiet ?? false });
  const said = (): string => {
    output.flush();
    return text('stderr').replaceAll(/\d+ ms/g, '0 ms');
  };
  return { notes, said };
};

const done = (key: string, ok = true) => ({ key, ok, outcome: 'exit' });
const skipped = (key: string, why: string) => ({ key, ok: false, outcome: 'skipped', error: new AbortError(why) });

describe('the notes of a rolling run', () => {
  it('tell each batch when it is done, and why the run left off', () => {
    const { notes, said } = made();
    notes.begin({ number: 1, of: 3, canary: true, keys: ['a'] });
    notes.done(done('a'));
    notes.begin({ number: 2, of: 3, canary: false, keys: ['b', 'c', 'd'] });
    notes.done(done('c', false));
    expect(notes.state).toMatchObject({ number: 2, of: 3, left: 2, pauseMs: undefined });
    notes.done(done('b'));
    notes.done(done('d'));
    notes.done(skipped('e', 'Not started: 1 host had failed before its turn, and 0 may fail.'));
    notes.done(skipped('f', 'Not started: 1 host had failed before its turn, and 0 may fail.'));
    expect(said()).toBe(
      '[1/3] canary a ok · 0 ms\n[2/3] 3 hosts 2 ok, 1 failed · 0 ms\nLeft off: 1 host had failed before its turn, and 0 may fail.\n',
    );
  });

  it('say how long the pause still is', () => {
    const { notes } = made({ pause: 60_000 });
    notes.begin({ number: 1, of: 2, canary: false, keys: ['a'] });
    notes.done(done('a'));
    const pauseMs = notes.state?.pauseMs ?? 0;
    expect(pauseMs > 0 && pauseMs <= 60_000).toBe(true);
    notes.begin({ number: 2, of: 2, canary: false, keys: ['b'] });
    notes.done(done('b'));
    expect(notes.state?.pauseMs).toBeUndefined();
  });

  it('say nothing of a run in one batch, of an interruption, or where nothing is to be said', () => {
    const one = made();
    one.notes.begin({ number: 1, of: 1, canary: false, keys: ['a'] });
    one.notes.done(done('a'));
    one.notes.done(skipped('b', 'Interrupted.'));
    expect(one.notes.state).toBeUndefined();
    expect(one.said()).toBe('');
    const quiet = made({ quiet: true });
    quiet.notes.begin({ number: 1, of: 2, canary: false, keys: ['a'] });
    quiet.notes.done(done('a'));
    quiet.notes.done(skipped('b', 'Not started: no.'));
    expect(quiet.said()).toBe('');
  });
});
