import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../../src/cli/terminal/line-splitter.js';
import { screens } from './results.js';

describe('what is printed', () => {
  it('keeps the order between stdout and stderr, in as few writes as that takes', async () => {
    const { output, writes } = screens({ stdout: true, stderr: true });
    output.write('a');
    output.write('b');
    output.note('c');
    output.write('d');
    await output.finish();
    expect(writes).toEqual([
      { to: 'stdout', text: 'ab' },
      { to: 'stderr', text: 'c' },
      { to: 'stdout', text: 'd' },
    ]);
  });

  it('takes the status line away before it writes to a terminal and puts it back after', async () => {
    const { output, text } = screens({ stdout: true, stderr: true });
    output.status('1 of 2');
    output.flush();
    output.write('line\n');
    output.flush();
    await output.finish();
    expect(text()).toBe('1 of 2\r\u001b[Kline\n1 of 2\r\u001b[K');
  });

  it('leaves the status line alone when stdout goes elsewhere', async () => {
    const { output, text } = screens({ stderr: true });
    output.status('1 of 2');
    output.flush();
    output.write('line\n');
    output.flush();
    expect(text('stderr')).toBe('1 of 2');
  });

  it('redraws a status of several lines in its place, in one write', async () => {
    const { output, writes, text } = screens({ stdout: true, stderr: true });
    for (const status of ['a 1\nb 1\n2 running', 'a 2\n1 running', 'a 2\n1 running']) {
      output.status(status);
      output.flush();
    }
    output.write('b ok\n');
    output.flush();
    await output.finish();
    expect(text()).toBe(
      'a 1\nb 1\n2 running\r\u001b[2A\u001b[Ja 2\n1 running\r\u001b[1A\u001b[Jb ok\na 2\n1 running\r\u001b[1A\u001b[J',
    );
    expect(writes.slice(0, 2).map((one) => one.text)).toEqual([
      'a 1\nb 1\n2 running',
      '\r\u001b[2A\u001b[Ja 2\n1 running',
    ]);
  });

  it('is quiet when the reader has gone, and says so once', async () => {
    const { output, stdout } = screens();
    let gone = 0;
    output.onClosed = () => {
      gone += 1;
    };
    stdout.failing = 'EPIPE';
    output.write('a');
    await output.finish();
    output.write('b');
    await output.finish();
    expect({ gone, closed: output.closed, failure: output.failure }).toEqual({ gone: 1, closed: true });
  });

  it('knows in words why it could not be written', async () => {
    const { output, stdout } = screens();
    stdout.failing = 'ENOSPC';
    output.write('a');
    await output.finish();
    expect([output.closed, output.failure]).toEqual([true, 'no space left on device']);
  });

  it('keeps everything back while somebody is asked something', async () => {
    const { output, text } = screens({ stdout: true, stderr: true });
    const release = output.hold();
    output.write('later\n');
    output.flush();
    expect(text()).toBe('');
    release();
    await output.finish();
    expect(text()).toBe('later\n');
  });
});

describe('lines of a stream', () => {
  const texts = (lines: readonly Buffer[]): string[] => lines.map(String);

  it('come whole, however the chunks were cut', () => {
    const splitter = new LineSplitter();
    expect(texts(splitter.push(Buffer.from('on')))).toEqual([]);
    expect(texts(splitter.push(Buffer.from('e\ntwo\n\nthr')))).toEqual(['one', 'two', '']);
    expect(splitter.end()?.toString()).toBe('thr');
    expect(splitter.end()).toBeUndefined();
  });

  it('come in pieces where they are longer than 64 KiB, and lose nothing', () => {
    const splitter = new LineSplitter();
    const pieces = [splitter.push(Buffer.alloc(100_000, 'x')), splitter.push(Buffer.from('y\nz'))].flat();
    expect(pieces.map(({ length }) => length)).toEqual([65_536, 34_465]);
    expect(splitter.end()?.toString()).toBe('z');
  });
});
