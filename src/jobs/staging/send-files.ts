import type { Abortable } from '../../core/abort.js';
import { FileError } from '../../core/file-error.js';
import type { FileAccess } from '../../remote/files/file-access.js';
import { gatheredAccess } from '../../remote/files/gathered/gathered-access.js';
import { bytesFromName } from '../../remote/files/names.js';
import type { TransferOptions } from '../../remote/transfer/options.js';
import { transfer } from '../../remote/transfer/transfer.js';
import type { StagedFile } from './staged-file.js';
import { sendingFailure } from './staging-error.js';
import type { StagingPlace } from './staging-place.js';

/** A file larger than this goes by itself, in bytes: over a connection that makes a lost link again, it goes on where it was. */
const LARGE = 8 * 1024 * 1024;

/** Options of {@link sendFiles}. */
export interface SendOptions extends Abortable {
  /** The staging directory, from the job's directory. */
  readonly stage: string;
  /** Whether the machine makes no checksums: then each file is read back. */
  readonly readBack: boolean;
  /** Whether what an earlier call left there is gone on with. */
  readonly resume: boolean;
}

/**
 * Sends files into a staging directory: small ones in one stream, where the machine can take that.
 *
 * @throws FileError of the first one that could not be sent, by its path in the job's directory. What ends a transfer.
 */
export async function sendFiles(place: StagingPlace, files: readonly StagedFile[], o: SendOptions): Promise<void> {
  const to = place.connection.files;
  const root = `${place.directory.path}/${o.stage}`;
  const large = files.filter(({ size }) => size > LARGE);
  const small = files.filter(({ size }) => size <= LARGE);
  const options: TransferOptions = {
    verify: o.readBack ? 'sha256' : 'none',
    signal: o.signal,
  };
  try {
    if (small.length > 0) {
      const { failed } = await transfer({ access: gathered(small), path: '/' }, { access: to, path: root }, options);
      const [first] = failed;
      if (first !== undefined) throw first;
    }
    for (const file of large) {
      const path = `${root}/${file.waits}`;
      await makeParent(to, path);
      const from = { access: gathered([file]), path: `/${file.waits}` };
      await transfer(from, { access: to, path }, { ...options, resume: o.resume });
    }
  } catch (error) {
    throw error instanceof FileError ? sendingFailure(error, place, root) : error;
  }
}

function gathered(files: readonly StagedFile[]): FileAccess {
  return gatheredAccess(files.map(({ waits, size, mode, content }) => ({ path: waits, size, mode, content })));
}

async function makeParent(access: FileAccess, path: string): Promise<void> {
  const parent = bytesFromName(path.slice(0, path.lastIndexOf('/')));
  await access.use(({ files }) => files.ensureDirectory(parent, 0o700));
}
