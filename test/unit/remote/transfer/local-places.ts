import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { TransferSummary } from '../../../../src/core/transfer-summary.js';
import { localAccess } from '../../../../src/remote/files/local/local-access.js';
import type { TransferOptions } from '../../../../src/remote/transfer/options.js';
import { transfer } from '../../../../src/remote/transfer/transfer.js';

/** Two directories for each test, removed after it. */
export interface LocalPlaces {
  /** A path in the source's directory, which exists. */
  readonly from: (...names: readonly string[]) => string;
  /** A path in the target's directory, which exists. */
  readonly to: (...names: readonly string[]) => string;
}

/** Makes a fresh pair of directories for every test of a file. */
export function useLocalPlaces(): LocalPlaces {
  let base = '';
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'hawser-transfer-'));
    await mkdir(join(base, 'from'));
    await mkdir(join(base, 'to'));
  });
  afterEach(async () => {
    await rm(base, { recursive: true, force: true });
  });
  return { from: (...names) => join(base, 'from', ...names), to: (...names) => join(base, 'to', ...names) };
}

/** A transfer on this machine. */
export function copyHere(from: string, to: string, o?: TransferOptions): Promise<TransferSummary> {
  return transfer({ access: localAccess(), path: from }, { access: localAccess(), path: to }, o);
}

/** What is in a directory, all the way down, sorted. */
export async function namesIn(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true })).sort();
}

/** A file's text. */
export function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8');
}
