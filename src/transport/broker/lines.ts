import type { Readable, Writable } from 'node:stream';

const NEWLINE = 10;

/** How long any line but the first may be, in bytes. */
export const LONGEST_LINE: number = 1024 * 1024;

/** Lines that break the rules: too long, no JSON, or cut off. */
export class LineFault extends Error {}

/** Reads the first line of a stream as JSON, and leaves the rest of it unread and at rest. Throws {@link LineFault}. */
export function readFirstLine(stream: Readable, longest: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const done = (): void => {
      stream.off('data', take).off('end', short).off('close', short).pause();
    };
    const take = (chunk: Buffer): void => {
      const end = chunk.indexOf(NEWLINE);
      chunks.push(end === -1 ? chunk : chunk.subarray(0, end));
      size += chunk.length;
      if (end === -1 && size <= longest) return;
      done();
      if (end === -1 || size > longest + chunk.length) {
        reject(new LineFault(`its first line is longer than ${longest} bytes`));
        return;
      }
      if (end + 1 < chunk.length) stream.unshift(chunk.subarray(end + 1));
      try {
        resolve(parse(Buffer.concat(chunks)));
      } catch (error) {
        reject(error);
      }
    };
    const short = (): void => {
      done();
      reject(new LineFault('it ended before its first line did'));
    };
    // One that is over by now says nothing more.
    if (stream.destroyed) short();
    else stream.on('data', take).once('end', short).once('close', short);
  });
}

/** Hands over each further line of a stream as JSON; `fault` is called, once, for one that cannot be read. */
export function readLines(stream: Readable, take: (line: unknown) => void, fault: (error: LineFault) => void): void {
  let kept: Buffer[] = [];
  let size = 0;
  const read = (chunk: Buffer): void => {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      const line = Buffer.concat([...kept, rest.subarray(0, end)]);
      kept = [];
      size = 0;
      rest = rest.subarray(end + 1);
      let value: unknown;
      try {
        value = parse(line);
      } catch (error) {
        stop(error instanceof LineFault ? error : new LineFault(String(error)));
        return;
      }
      take(value);
    }
    if (rest.length === 0) return;
    kept.push(rest);
    size += rest.length;
    if (size > LONGEST_LINE) stop(new LineFault(`a line is longer than ${LONGEST_LINE} bytes`));
  };
  const stop = (error: LineFault): void => {
    stream.off('data', read).resume();
    fault(error);
  };
  stream.on('data', read).resume();
}

/** Writes a value as a line. A stream that is on its way out takes none: whoever reads it will see that. */
export function writeLine(stream: Writable, value: object): void {
  if (stream.writable) stream.write(`${JSON.stringify(value)}\n`);
}

/** The fields of what came over the wire; none where it is no object. */
export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function parse(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    // What stands in the line may be a secret: it is not repeated.
    throw new LineFault('a line of it is no JSON');
  }
}
