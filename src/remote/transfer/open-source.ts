import { constants } from 'node:fs';
import type { OpenFile } from '../files/file-driver.js';
import type { Work } from './work.js';

/** Opens a file of the source for reading. */
export function openSource(work: Work, path: Buffer): Promise<OpenFile> {
  const { files } = work.from;
  // Had a pipe taken the file's place meanwhile, opening it would wait for a writer.
  const careful = files.kind === 'local' ? (constants.O_NONBLOCK ?? 0) : 0;
  return files.open(path, constants.O_RDONLY | careful, 0);
}
