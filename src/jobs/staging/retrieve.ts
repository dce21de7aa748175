import { join, posix } from 'node:path';
import { FileError } from '../../core/file-error.js';
import { expandHome } from '../../core/home.js';
import { bothTransfers, type TransferSummary } from '../../core/transfer-summary.js';
import { localAccess } from '../../remote/files/local/local-access.js';
import { bytesFromName } from '../../remote/files/names.js';
import type { TransferOptions } from '../../remote/transfer/options.js';
import { OWN } from '../job-place.js';
import { outputPath } from './output.js';
import type { StagingPlace } from './staging-place.js';

/** Options of {@link retrieve}: those of a download that make sense for it. */
export interface RetrieveOptions
  extends Pick<TransferOptions, 'signal' | 'overwrite' | 'verify' | 'concurrency' | 'onProgress' | 'onEntry'> {
  /** Globs over the paths below the job's directory. Default: everything but the inputs. */
  readonly outputs?: readonly string[] | undefined;
  /** The paths of the inputs, which are left out where no globs are given. */
  readonly inputs?: Iterable<string>;
}

/**
 * Fetches what a job has made into a directory of this machine, which is made where it is missing, and what it has printed
 * as `NAME.out`, after the name of its record. hawser's own files stay where they are. Each file is checked by its SHA-256
 * before it takes its place; what has not changed since it was fetched is not fetched again, and what an interrupted call
 * left is gone on with.
 *
 * @returns what was done. The errors of single files are in `failed`, names and links that lead out of the directory among
 *   them; the rest has been fetched.
 * @throws as `transfer` does; `FileError` `ENOENT` where the job's directory is gone.
 */
export async function retrieve(place: StagingPlace, local: string, o: RetrieveOptions = {}): Promise<TransferSummary> {
  const { outputs, inputs = [], ...rest } = o;
  const target = expandHome(local);
  const printed = `${posix.basename(place.record)}.out`;
  const left = new Set([printed, ...(outputs === undefined ? inputs : [])]);
  const options: TransferOptions = {
    overwrite: 'if-different',
    // The next call tells by them what has not changed.
    preserve: { times: true },
    verify: 'sha256',
    resume: true,
    ...rest,
  };
  await localAccess().use(({ files }) => files.ensureDirectory(bytesFromName(target), 0o777));
  const output = await fetchOutput(place, join(target, printed), options);
  const nothing = outputs !== undefined && outputs.length === 0;
  const tree = await place.directory.download('.', target, {
    ...options,
    ...(outputs === undefined ? {} : { include: outputs }),
    // Of jobs in directories further down, too.
    filter: ({ path }) => !nothing && !left.has(path) && posix.basename(path) !== OWN,
  });
  return output === undefined ? tree : bothTransfers(output, tree);
}

/** A job that has not begun has printed nothing, and has no file for it. */
async function fetchOutput(
  place: StagingPlace,
  local: string,
  { onEntry: _, onProgress: __, ...o }: TransferOptions,
): Promise<TransferSummary | undefined> {
  try {
    return await place.directory.download(outputPath(place), local, o);
  } catch (error) {
    if (error instanceof FileError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
