import { join, posix } from 'node:path';
import { FileError } from '../../core/file-error.js';
import { OptionError } from '../../core/hawser-error.js';
import { expandHome } from '../../core/home.js';
import { bothTransfers, type TransferSummary } from '../../core/transfer-summary.js';
import { localAccess } from '../../remote/files/local/local-access.js';
import { bytesFromName } from '../../remote/files/names.js';
import type { TransferOptions } from '../../remote/transfer/options.js';
import { OWN } from '../job-place.js';
import { outputPath, refuseLink } from './output.js';
import type { StagingPlace } from './staging-place.js';

/** Options of {@link retrieve}: those of a download that make sense for it. */
export interface RetrieveOptions
  extends Pick<TransferOptions, 'signal' | 'overwrite' | 'verify' | 'concurrency' | 'onProgress' | 'onEntry'> {
  /** Globs over the paths below the job's directory. Default: everything but the inputs. */
  readonly outputs?: readonly string[] | undefined;
  /**
   * Whether what the job has printed is fetched as well, as `NAME.out`, after the name of its record: several jobs may have
   * one directory. Default: where no globs are given.
   */
  readonly printed?: boolean | undefined;
  /**
   * What becomes of links that lead out of the job's directory: `'refuse'` (the default) fails each of them with `EPERM`;
   * `'follow'` fetches what they lead to, whatever that is. Those that lead to something in it are followed.
   */
  readonly linksOut?: 'refuse' | 'follow' | undefined;
  /** The paths of the inputs, which are left out where no globs are given. */
  readonly inputs?: Iterable<string>;
}

/**
 * Fetches what a job has made into a directory of this machine, which is made where it is missing, and what it has printed
 * where that is wanted. hawser's own files stay where they are. Each file is checked by its SHA-256
 * before it takes its place; what has not changed since it was fetched is not fetched again, and what an interrupted call
 * left is gone on with.
 *
 * @returns what was done. The errors of single files are in `failed`, names and links that lead out of the directory among
 *   them; the rest has been fetched.
 * @throws as `transfer` does; `FileError` `ENOENT` where the job's directory is gone.
 */
export async function retrieve(place: StagingPlace, local: string, o: RetrieveOptions = {}): Promise<TransferSummary> {
  const { outputs, inputs = [], printed = outputs === undefined, linksOut = 'refuse', ...rest } = o;
  if (linksOut !== 'refuse' && linksOut !== 'follow') {
    throw new OptionError(`Expected \`linksOut\` to be "refuse" or "follow", got ${JSON.stringify(linksOut)}.`);
  }
  const target = expandHome(local);
  const log = `${posix.basename(place.record)}.out`;
  const left = new Set([...(printed ? [log] : []), ...(outputs === undefined ? inputs : [])]);
  const options: TransferOptions = {
    overwrite: 'if-different',
    // The next call tells by them what has not changed.
    preserve: { times: true },
    verify: 'sha256',
    resume: true,
    followSymlinks: linksOut === 'follow' || 'within',
    unsafeLinks: linksOut === 'follow' ? 'keep' : 'refuse',
    ...rest,
  };
  await localAccess().use(({ files }) => files.ensureDirectory(bytesFromName(target), 0o777));
  const output = printed ? await fetchOutput(place, join(target, log), options) : undefined;
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
    const path = outputPath(place);
    refuseLink(place, await place.directory.fs.lstat(path, { signal: o.signal }));
    return await place.directory.download(path, local, o);
  } catch (error) {
    if (error instanceof FileError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
