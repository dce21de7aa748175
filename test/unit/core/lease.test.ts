import { describe, expect, it } from 'vitest';
import { HawserError } from '../../../src/core/hawser-error.js';
import { Lease } from '../../../src/core/lease.js';

function counted(): { lease: Lease; given: () => number } {
  let times = 0;
  const lease = new Lease(() => {
    times += 1;
  });
  return { lease, given: () => times };
}

describe('a lease', () => {
  it('throws when it is given back twice, and gives back once', () => {
    const { lease, given } = counted();
    expect(lease.released).toBe(false);
    lease.release();
    expect(lease.released).toBe(true);
    expect(() => lease.release()).toThrow(expect.objectContaining({ code: 'ERR_HAWSER_LEASE' }));
    expect(() => lease.release()).toThrow(HawserError);
    expect(given()).toBe(1);
  });

  it('is given back at the end of an await using block, or of a using block', async () => {
    const { lease, given } = counted();
    {
      await using held = lease;
      expect(held.released).toBe(false);
    }
    expect(given()).toBe(1);
    const other = counted();
    {
      using held = other.lease;
      expect(held.released).toBe(false);
    }
    expect(other.given()).toBe(1);
  });

  it('may be given back inside of the block that would do so', async () => {
    const { lease, given } = counted();
    {
      await using held = lease;
      held.release();
    }
    expect(given()).toBe(1);
  });

  it('counts as given back while it is being given back', () => {
    const seen: boolean[] = [];
    const lease: Lease = new Lease(() => seen.push(lease.released));
    lease.release();
    expect(seen).toEqual([true]);
  });
});
