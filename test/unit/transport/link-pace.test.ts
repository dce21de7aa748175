import { Duplex, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LinkPace } from '../../../src/transport/ssh2/link-pace.js';
import { waitUntil } from '../../rigs/rigs.js';

/** A link that sends nothing until it is let, and a channel that hands all that is written to it on at once. */
function slowLink(): { link: Duplex; channel: Writable; send: () => void } {
  const held: (() => void)[] = [];
  let open = false;
  const duplex = new Duplex({
    read: () => {},
    write: (_chunk, _encoding, done) => {
      if (open) done();
      else held.push(done);
    },
  });
  const link = Object.assign(duplex, { ref: () => {}, unref: () => {} });
  const channel = new Writable({
    highWaterMark: 2 * 1024 * 1024,
    write: (chunk, _encoding, done) => {
      link.write(chunk);
      done();
    },
  });
  new LinkPace(link).hold(channel);
  const send = (): void => {
    open = true;
    for (const done of held.splice(0)) done();
  };
  return { link, channel, send };
}

const PIECE = Buffer.alloc(32 * 1024);

describe('a channel whose link is slow', () => {
  it('waits with what the link has no room for, and goes on when it has', async () => {
    const { link, channel, send } = slowLink();
    for (let i = 0; i < 40; i++) channel.write(PIECE);
    const whole = 40 * PIECE.length;
    expect(link.writableLength).toBeLessThan(whole / 4);
    expect(link.writableLength + channel.writableLength).toBeGreaterThanOrEqual(whole);
    send();
    await waitUntil('the channel has sent all', () => channel.writableLength === 0);
    expect(link.writableLength).toBe(0);
  });

  it('does not wait for one that has gone', async () => {
    const { link, channel } = slowLink();
    let written = 0;
    for (let i = 0; i < 40; i++) channel.write(PIECE, () => (written += 1));
    link.on('error', () => {});
    link.destroy();
    await waitUntil('all writes have ended', () => written === 40);
  });
});
