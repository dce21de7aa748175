import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { LineFault, readFirstLine } from '../../../../src/transport/broker/lines.js';

it('the first line of a stream is read alone, and what is behind it stays', async () => {
  const stream = new PassThrough();
  stream.write('{"a":1}\nrest');
  expect(await readFirstLine(stream, 100)).toEqual({ a: 1 });
  stream.end();
  expect(Buffer.concat(await stream.toArray()).toString()).toBe('rest');
});

it('the first line of a stream that ends before it, or is over already, is a fault', async () => {
  const short = new PassThrough();
  short.end('{"a":');
  await expect(readFirstLine(short, 100)).rejects.toThrow(LineFault);
  const over = new PassThrough();
  over.destroy();
  await new Promise((resolve) => over.once('close', resolve));
  await expect(readFirstLine(over, 100)).rejects.toThrow(LineFault);
});
