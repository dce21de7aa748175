import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../../src/core/circuit-breaker.js';
import { ConnectError } from '../../../src/core/errors.js';
import { waitUntil } from '../../rigs/wait-until.js';

const broken = new ConnectError('tcp', 'Refused.');

/** One that has just opened. */
function opened(o: ConstructorParameters<typeof CircuitBreaker>[0] = {}): CircuitBreaker {
  const breaker = new CircuitBreaker({ failures: 2, delay: 60_000, maxDelay: 60_000, ...o });
  breaker.failed(broken);
  breaker.failed(broken);
  return breaker;
}

/** One that lets somebody try. */
async function halfOpen(): Promise<CircuitBreaker> {
  const breaker = opened({ delay: 1, maxDelay: 1 });
  await waitUntil('a trial', () => breaker.enter() === undefined);
  return breaker;
}

describe('CircuitBreaker', () => {
  it('lets everybody through as long as fewer fail than it takes', () => {
    const breaker = new CircuitBreaker({ failures: 3 });
    breaker.failed(broken);
    breaker.failed(broken);
    expect([breaker.enter(), breaker.enter()]).toEqual([undefined, undefined]);
  });

  it('counts failures one after another alone', () => {
    const breaker = new CircuitBreaker({ failures: 2 });
    breaker.failed(broken);
    breaker.succeeded();
    breaker.failed(broken);
    expect(breaker.enter()).toBeUndefined();
  });

  it('opens after five unless it is told otherwise', () => {
    const breaker = new CircuitBreaker();
    for (let failures = 0; failures < 4; failures += 1) breaker.failed(broken);
    expect(breaker.enter()).toBeUndefined();
    breaker.failed(broken);
    expect(breaker.enter()).toMatchObject({ failures: 5, cause: broken });
  });

  it('says when it may be tried again, and why not before', () => {
    const refusal = opened().enter();
    expect(refusal).toMatchObject({ cause: broken, failures: 2 });
    expect(refusal?.retryIn).toBeGreaterThan(0);
    expect(refusal?.retryIn).toBeLessThanOrEqual(60_000);
  });

  it('lets one try after that, and nobody beside it', async () => {
    const breaker = await halfOpen();
    expect(breaker.enter()).toMatchObject({ cause: broken, retryIn: undefined });
  });

  it('is closed by a trial that goes well', async () => {
    const breaker = await halfOpen();
    breaker.succeeded();
    expect([breaker.enter(), breaker.enter()]).toEqual([undefined, undefined]);
    expect(breaker.isClear).toBe(true);
  });

  it('stays open after one that fails', async () => {
    const breaker = await halfOpen();
    const again = new ConnectError('tcp', 'Still refused.');
    breaker.failed(again);
    expect(breaker.isClear).toBe(false);
    await waitUntil('another trial', () => breaker.enter() === undefined);
    expect(breaker.enter()).toMatchObject({ cause: again, failures: 3 });
  });

  it('waits no longer for those who had begun before it opened', () => {
    const breaker = opened({ delay: 1000, maxDelay: 60_000 });
    for (let late = 0; late < 20; late += 1) breaker.failed(broken);
    expect(breaker.enter()).toMatchObject({ failures: 22 });
    expect(breaker.enter()?.retryIn).toBeLessThanOrEqual(1000);
  });

  it('gives the trial to the next where nothing came of it', async () => {
    const breaker = await halfOpen();
    breaker.gaveUp();
    expect(breaker.enter()).toBeUndefined();
    expect(breaker.enter()).toBeDefined();
  });

  it.each([
    [{ failures: 0 }, 'Expected the `failures` option to be a positive integer, got 0.'],
    [{ failures: 1.5 }, 'Expected the `failures` option to be a positive integer, got 1.5.'],
    [{ delay: -1 }, 'Expected the `delay` option to be a positive number of milliseconds, got -1.'],
    [{ maxDelay: Number.NaN }, 'Expected the `maxDelay` option to be a positive number of milliseconds, got NaN.'],
  ])('refuses %j', (o, message) => {
    expect(() => new CircuitBreaker(o)).toThrow(message);
  });
});
