import type { ExecChannel, FarProcess } from '../../transport/contract.js';
import { parseProcess } from './far-process.js';
import { MarkerFilter, markOf, wordIn } from './wrapper.js';

/**
 * The process of a command that another program has wrapped, once its wrapper says which that is: for who carries the
 * command's streams and has to end it should that program die. `undefined` where it has no wrapper that would say so.
 *
 * It listens beside whoever reads the stream: that has to flow.
 */
export function heardProcess(
  line: string,
  channel: Pick<ExecChannel, 'stdout' | 'stderr'>,
  onTerminal: boolean,
): Promise<FarProcess> | undefined {
  const word = wordIn(line);
  if (word === undefined) return undefined;
  const stream = onTerminal ? channel.stdout : channel.stderr;
  return new Promise((resolve) => {
    const filter = new MarkerFilter(word, (said) => {
      const found = parseProcess(said);
      if (found !== undefined) resolve({ ...found, mark: markOf(word) });
    });
    const look = (chunk: Buffer): void => {
      filter.pass(chunk);
      if (filter.done) stream.off('data', look);
    };
    stream.on('data', look);
  });
}
