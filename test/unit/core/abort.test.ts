import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  abortReason,
  neverAborted,
  onAbort,
  raceAbort,
  shareListener,
  throwIfAborted,
} from '../../../src/core/abort.js';
import { AbortError, ClosedError } from '../../../src/core/errors.js';

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe('the reason of an abort', () => {
  it('is ours where the signal carries one of ours', () => {
    const reason = new ClosedError('It was closed.');
    expect(abortReason(AbortSignal.abort(reason), 'waiting')).toBe(reason);
  });

  it('is an AbortError that says what was being done, around whatever else the signal carries', () => {
    const cause = new Error('enough');
    const error = abortReason(AbortSignal.abort(cause), 'connecting to web1', 'web1');
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', host: 'web1', cause });
    expect(error.message).toBe('Aborted by the caller while connecting to web1');
    expect(abortReason(AbortSignal.abort('text'), 'waiting').cause).toBe('text');
  });

  it('is thrown at the door where the signal has fired', () => {
    expect(() => throwIfAborted(undefined, 'waiting')).not.toThrow();
    expect(() => throwIfAborted(new AbortController().signal, 'waiting')).not.toThrow();
    expect(() => throwIfAborted(AbortSignal.abort(), 'waiting')).toThrow(AbortError);
  });
});

describe('listening to a signal', () => {
  it('calls the listener once, or at once where the signal has fired', () => {
    let calls = 0;
    const listener = (): void => {
      calls += 1;
    };
    const controller = new AbortController();
    onAbort(controller.signal, listener);
    controller.abort();
    expect(calls).toBe(1);
    onAbort(controller.signal, listener);
    expect(calls).toBe(2);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('leaves no listener on a signal that never fires', () => {
    for (let i = 0; i < 30; i += 1) onAbort(neverAborted, () => {});
    expect(getEventListeners(neverAborted, 'abort')).toHaveLength(0);
    expect(() => onAbort(undefined, () => {})()).not.toThrow();
  });
});

describe("a signal whose listeners share one of Node's", () => {
  function shared(): AbortController {
    const controller = new AbortController();
    shareListener(controller.signal);
    return controller;
  }

  it('calls each that listens, once, in the order in which they came', () => {
    const controller = shared();
    const heard: string[] = [];
    for (const name of ['first', 'second', 'third']) onAbort(controller.signal, () => heard.push(name));
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort();
    onAbort(controller.signal, () => heard.push('late'));
    expect(heard).toEqual(['first', 'second', 'third', 'late']);
  });

  it('calls nobody that has stopped listening, also while it calls the others', () => {
    const controller = shared();
    const heard: string[] = [];
    onAbort(controller.signal, () => heard.push('left before'))();
    let stop = (): void => {};
    onAbort(controller.signal, () => stop());
    stop = onAbort(controller.signal, () => heard.push('left meanwhile'));
    onAbort(controller.signal, () => heard.push('stayed'));
    controller.abort();
    expect(heard).toEqual(['stayed']);
  });
});

describe('a race against a signal', () => {
  it('gives what the work gives, and takes its listener off', async () => {
    const { signal } = new AbortController();
    await expect(raceAbort(Promise.resolve(1), signal, { doing: 'counting' })).resolves.toBe(1);
    await expect(raceAbort(Promise.reject(new Error('no')), signal, { doing: 'counting' })).rejects.toThrow('no');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('adds no more than one listener for each race on a signal that lives long', async () => {
    const { signal } = new AbortController();
    for (let i = 0; i < 50; i += 1) await raceAbort(Promise.resolve(i), signal, { doing: 'counting' });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('releases a value that arrives after the abort', async () => {
    const controller = new AbortController();
    const work = deferred<string>();
    const released: string[] = [];
    const race = raceAbort(work.promise, controller.signal, {
      doing: 'opening a channel',
      host: 'web1',
      late: (value) => released.push(value),
    });
    controller.abort();
    await expect(race).rejects.toMatchObject({ name: 'AbortError', host: 'web1' });
    expect(released).toEqual([]);
    work.resolve('a channel');
    await work.promise;
    expect(released).toEqual(['a channel']);
  });

  it('releases the value also where the signal had fired before the race began', async () => {
    const released: string[] = [];
    const late = (value: string): void => void released.push(value);
    const race = raceAbort(Promise.resolve('late'), AbortSignal.abort(), { doing: 'opening', late });
    await expect(race).rejects.toThrow(AbortError);
    expect(released).toEqual(['late']);
  });

  it('keeps quiet of work that fails after the abort', async () => {
    const controller = new AbortController();
    const work = deferred<string>();
    const race = raceAbort(work.promise, controller.signal, { doing: 'opening' });
    controller.abort();
    await expect(race).rejects.toThrow(AbortError);
    work.reject(new Error('nobody hears this'));
    await expect(work.promise).rejects.toThrow('nobody hears this');
  });

  it('does not release a value that was in time', async () => {
    const controller = new AbortController();
    const released: string[] = [];
    const late = (value: string): void => void released.push(value);
    await raceAbort(Promise.resolve('in time'), controller.signal, { doing: 'opening', late });
    controller.abort();
    expect(released).toEqual([]);
  });
});
