import { jsonText } from './json.js';
import type { Output } from './output.js';

/** Fields of a document besides its list, in front of it and behind it. */
export interface AroundList {
  readonly before?: object;
  readonly after?: object;
}

/**
 * Writes a JSON document with a list, an entry a line: `{"version":1,"jobs":[…]}`. One entry after another: all of them as one
 * text might be longer than a string can be.
 */
export function writeJsonList(
  output: Output,
  name: string,
  entries: Iterable<unknown>,
  { before = {}, after = {} }: AroundList = {},
): void {
  // The braces of the fields are those of the document.
  const head = jsonText({ version: 1, ...before }).slice(0, -1);
  const tail = jsonText(after).slice(1);
  output.write(`${head},${jsonText(name)}:[`);
  let count = 0;
  for (const entry of entries) {
    output.write(`${count === 0 ? '' : ','}\n${jsonText(entry)}`);
    count += 1;
  }
  output.write(`\n]${tail === '}' ? '' : ','}${tail}\n`);
}
