import { expect, it } from 'vitest';
import { BlockRing } from '../../../../src/remote/transfer/block-ring.js';

it('a block is given again once all of it has been acknowledged, and not before', () => {
  const ring = new BlockRing();
  const [first, second] = [ring.take(10), ring.take(10)];
  ring.lend(first, 10);
  ring.lend(second, 4);
  ring.acknowledged(9);
  expect(ring.take(10).buffer).not.toBe(first.buffer);
  ring.acknowledged(3);
  expect(ring.take(10).buffer).toBe(first.buffer);
  ring.acknowledged(2);
  expect(ring.take(6).buffer).toBe(second.buffer);
});

it('a block that is too small is not given for a longer one', () => {
  const ring = new BlockRing();
  const small = ring.take(4);
  ring.lend(small, 4);
  ring.acknowledged(4);
  expect(ring.take(5)).toHaveLength(5);
});
