import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallScope, checkTimeout, Deadline, pause } from '../../../src/core/deadline.js';
import { AbortError, TimeoutError } from '../../../src/core/errors.js';
import { OptionError } from '../../../src/core/hawser-error.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const timedOut = (): TimeoutError => new TimeoutError('Timed out.', { phase: 'execute', ms: 100 });

describe('a deadline', () => {
  it('counts down to 0 and stays there', () => {
    const deadline = Deadline.in(100);
    expect([deadline.remaining, deadline.passed]).toEqual([100, false]);
    vi.advanceTimersByTime(60);
    expect(deadline.remaining).toBe(40);
    vi.advanceTimersByTime(60);
    expect([deadline.remaining, deadline.passed]).toEqual([0, true]);
  });

  it('never passes where there is none', () => {
    const deadline = Deadline.in(undefined);
    vi.advanceTimersByTime(1e9);
    expect([deadline.remaining, deadline.passed]).toEqual([Number.POSITIVE_INFINITY, false]);
  });
});

describe('a time limit at the door', () => {
  it.each([
    [undefined, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [1, 1],
    [0.5, 0.5],
    [2 ** 31 - 1, 2 ** 31 - 1],
    [2 ** 40, 2 ** 31 - 1],
  ])('%s is read as %s', (given, meant) => {
    expect(checkTimeout('timeout', given)).toBe(meant);
  });

  it.each([0, -1, Number.NaN, Number.NEGATIVE_INFINITY, '10', null, {}, true])('%s is refused', (given) => {
    expect(() => checkTimeout('timeout', given as number)).toThrow(OptionError);
    expect(() => checkTimeout('timeout', given as number)).toThrow(
      `Expected the \`timeout\` option to be a positive number of milliseconds, got ${String(given)}.`,
    );
  });
});

describe('the scope of a call', () => {
  it('ends by the time limit, with the error that was made for it', () => {
    using scope = new CallScope(undefined, 100, timedOut);
    vi.advanceTimersByTime(99);
    expect(scope.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(scope.signal.reason).toBeInstanceOf(TimeoutError);
  });

  it('ends by the signal of the caller, with his reason', () => {
    const controller = new AbortController();
    using scope = new CallScope(controller.signal, 100, timedOut);
    const reason = new Error('enough');
    controller.abort(reason);
    expect(scope.signal.reason).toBe(reason);
  });

  it('reports the first cause, whatever comes after it', () => {
    const controller = new AbortController();
    using scope = new CallScope(controller.signal, 100, timedOut);
    const first = new AbortError('First.');
    scope.abort(first);
    controller.abort(new Error('second'));
    vi.advanceTimersByTime(200);
    expect(scope.signal.reason).toBe(first);
  });

  it('starts no timer where the signal has fired already', () => {
    using scope = new CallScope(AbortSignal.abort(), 100, timedOut);
    expect(scope.signal.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('takes its timer and its listener off when it is left', () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 20; i += 1) {
      using scope = new CallScope(signal, 100, timedOut);
      expect(getEventListeners(scope.signal, 'abort')).toHaveLength(0);
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      expect(vi.getTimerCount()).toBe(1);
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not take a limit past the longest timer for a short one', () => {
    using scope = new CallScope(undefined, 2 ** 40, timedOut);
    vi.advanceTimersByTime(1000);
    expect(scope.signal.aborted).toBe(false);
  });
});

describe('a pause', () => {
  it('lasts as long as it is told to', async () => {
    const over = vi.fn();
    const paused = pause(50).then(over);
    await vi.advanceTimersByTimeAsync(49);
    expect(over).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toHaveBeenCalledOnce();
    await paused;
  });

  it('ends early with the signal, without an error, a timer or a listener', async () => {
    const controller = new AbortController();
    const paused = pause(50, controller.signal);
    controller.abort();
    await paused;
    await pause(50, controller.signal);
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('leaves no listener on a signal that outlives it', async () => {
    const { signal } = new AbortController();
    const paused = pause(50, signal);
    await vi.advanceTimersByTimeAsync(50);
    await paused;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});
