import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import type { Abortable } from '../../core/abort.js';
import { OptionError } from '../../core/hawser-error.js';
import type { FileCalls } from './file-calls.js';
import type { PathLike } from './names.js';
import { WholeReading } from './whole-reading.js';

/** The digest of a file's bytes, in hexadecimal. They come here to be counted: the server's word is not taken for it. */
export async function hash(calls: FileCalls, path: PathLike, algorithm: string, o: Abortable): Promise<string> {
  hasher(algorithm);
  const reading = new WholeReading();
  return calls.look('open', o, async ({ files, at, signal }) => {
    const file = await files.open(await at(path), constants.O_RDONLY, 0);
    const digest = hasher(algorithm);
    try {
      await reading.begin(file);
      await file.pull({
        start: 0,
        inOrder: true,
        signal,
        take: (_, pieces) => {
          reading.came();
          for (const piece of pieces) digest.update(piece);
        },
      });
    } catch (error) {
      throw reading.failed(error);
    } finally {
      void file.close().catch(() => {});
    }
    return digest.digest('hex');
  });
}

function hasher(algorithm: string): Hash {
  try {
    return createHash(algorithm);
  } catch (cause) {
    throw new OptionError(
      `Expected the \`algorithm\` to be one that node:crypto knows, such as 'sha256', got ${String(algorithm)}.`,
      { cause },
    );
  }
}
