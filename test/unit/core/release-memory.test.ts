import { describe, expect, it } from 'vitest';
import { releaseMemory } from '../../../src/core/release-memory.js';

describe('memory that is given back', () => {
  it('is no longer to be seen through any view of it', () => {
    const whole = Buffer.alloc(64 * 1024, 'a');
    const part = whole.subarray(10, 20);
    releaseMemory(whole.subarray(9));
    expect([whole.length, part.length, whole.buffer.byteLength]).toEqual([0, 0, 0]);
  });

  it('leaves what is small alone, and what others share', () => {
    const small = Buffer.from('from the pool of small buffers');
    // As large as what Node gives out of its pool.
    const pooled = Buffer.allocUnsafe(Buffer.poolSize / 2 - 1).fill('p');
    const shared = new Uint8Array(new SharedArrayBuffer(64 * 1024));
    releaseMemory(small);
    releaseMemory(pooled);
    releaseMemory(shared);
    expect(small.toString()).toBe('from the pool of small buffers');
    expect(pooled.every((byte) => byte === 112)).toBe(true);
    expect(pooled.length).toBeGreaterThan(0);
    expect(shared.length).toBe(64 * 1024);
  });

  it('may be given back twice', () => {
    const buffer = Buffer.alloc(64 * 1024);
    releaseMemory(buffer);
    releaseMemory(buffer);
    expect(buffer.length).toBe(0);
  });
});
