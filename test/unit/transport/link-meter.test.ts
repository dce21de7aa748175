import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import { expect, it } from 'vitest';
import type { Link } from '../../../src/transport/ssh2/link.js';
import { LinkMeter } from '../../../src/transport/ssh2/link-meter.js';

function linked(): { readonly link: Link; readonly far: Duplex } {
  const [near, far] = duplexPair();
  return { link: Object.assign(near, { ref: () => {}, unref: () => {} }), far };
}

it('a link that does not count what is written to it is counted for', async () => {
  const { link, far } = linked();
  let passed = 0;
  const meter = new LinkMeter(link, (bytes) => (passed += bytes));
  far.resume();
  link.write(Buffer.alloc(1000));
  expect([meter.sent, meter.received, passed]).toEqual([1000, 0, 0]);
  const heard = once(link, 'data');
  far.write(Buffer.alloc(50));
  await heard;
  expect([meter.sent, meter.received, passed]).toEqual([1000, 50, 1050]);
});
