import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** The lines of a stream, without their ends; a last line without an end counts. Memory holds one line at a time. */
export async function* lines(stream: Readable, encoding: BufferEncoding = 'utf8'): AsyncGenerator<string, void> {
  const decoder = new StringDecoder(encoding);
  let rest = '';
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  rest += decoder.end();
  if (rest !== '') yield rest;
}
