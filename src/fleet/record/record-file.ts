import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { type Abortable, abortReason, throwIfAborted } from '../../core/abort.js';
import { ParseError } from '../../core/hawser-error.js';
import { expandHome } from '../../core/home.js';
import { localError } from '../../remote/files/local/local-error.js';
import { readRecordText } from './read-record.js';
import type { RecordedFleet } from './recorded-fleet.js';

/**
 * Reads the record of a fleet from a file.
 *
 * @throws FileError where the file cannot be read, ParseError with file, line and column, AbortError.
 */
export async function loadRecord(file: string, { signal }: Abortable): Promise<RecordedFleet> {
  const doing = `loading the fleet ${file}`;
  throwIfAborted(signal, doing);
  const bytes = await readFile(expandHome(file), { signal }).catch((error: unknown) => {
    throw signal?.aborted
      ? abortReason(signal, doing)
      : localError(error, { syscall: 'open', path: file, detail: doing });
  });
  if (!isUtf8(bytes)) throw new ParseError('This is no JSON: Expected UTF-8', { file, line: 1, column: 1 });
  return readRecordText(bytes.toString('utf8'), file);
}
