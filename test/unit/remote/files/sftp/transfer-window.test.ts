import { describe, expect, it } from 'vitest';
import { TransferWindow } from '../../../../../src/remote/files/sftp/transfer-window.js';

const MiB = 1024 * 1024;

describe('TransferWindow', () => {
  it('grows to its bound while a whole window passes in no time', () => {
    const window = new TransferWindow(255 * 1024, 16 * MiB, 0);
    let now = 0;
    for (let i = 0; i < 10; i++) {
      now += 20;
      window.arrived(window.bytes, now);
    }
    expect(window.bytes).toBe(16 * MiB);
  });

  it('grows on a long line while that makes it faster', () => {
    const window = new TransferWindow(255 * 1024, 16 * MiB, 0);
    // A round trip of 300 ms carries whatever is under way.
    window.arrived(MiB, 300);
    window.arrived(2 * MiB, 600);
    expect(window.bytes).toBe(4 * MiB);
  });

  it('stays as it is on a slow line, where more would wait in front of everything else', () => {
    const window = new TransferWindow(255 * 1024, 16 * MiB, 0);
    let now = 0;
    for (let i = 0; i < 10; i++) {
      now += window.bytes / 1000;
      window.arrived(window.bytes, now);
    }
    expect(window.bytes).toBeLessThanOrEqual(2 * MiB);
  });

  it('asks for no more at a time than the server has given, and for a page at least', () => {
    const window = new TransferWindow(255 * 1024, 16 * MiB, 0);
    window.shorten(16_384);
    expect(window.request).toBe(16_384);
    window.shorten(1);
    expect(window.request).toBe(4096);
    window.shorten(100_000);
    expect(window.request).toBe(4096);
  });

  it('asks for one thing at a time once it was told to', () => {
    const window = new TransferWindow(255 * 1024, 16 * MiB, 0);
    window.single();
    window.arrived(10 * MiB, 1);
    expect(window.bytes).toBe(1);
  });
});
