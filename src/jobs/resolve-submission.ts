import { dirname, join } from 'node:path';
import type { Connection } from '../connection/connection.js';
import type { Abortable } from '../core/abort.js';
import { FileError } from '../core/file-error.js';
import { OptionError } from '../core/hawser-error.js';
import { inLanes } from '../core/in-lanes.js';
import { JobError } from '../core/job-error.js';
import { makeDirectories } from '../core/make-directories.js';
import type { RemoteDirectory } from '../remote/directory/remote-directory.js';
import type { JobPlace } from './job-place.js';
import { parseRecord, RECORD_FILE } from './job-record.js';
import type { JobInput, JobSpec } from './job-spec.js';

/** How many files are looked at at once. */
const AT_ONCE = 16;

/** A job whose submission nobody can tell of, and the way to its machine. */
export interface UnknownSubmission extends Abortable {
  readonly connection: Connection;
  readonly place: JobPlace;
  readonly key: string;
}

/**
 * What a job was submitted as, from what its machine has on record: for `submit` with `resubmit`. Its inputs are fetched into a
 * directory of this machine, from where they are not sent again, since they are what is there.
 *
 * @throws JobError (`bad-record`); FileError, TransferError for an input that is gone; what ends the link.
 */
export async function recallSpec(job: UnknownSubmission, into: string): Promise<JobSpec> {
  const { connection, place, signal } = job;
  const directory = await directoryOf(job);
  const file = `${place.record}/${RECORD_FILE}`;
  const text = await directory.fs.readFile(file, 'utf8');
  const record = parseRecord(text, file, connection.host);
  // One that is gone is found out before the others, which may be large, are fetched.
  await inLanes(record.inputs, AT_ONCE, async (path) => void (await directory.fs.stat(path)));
  const inputs: [string, JobInput][] = [];
  for (const path of record.inputs) {
    const local = join(into, path);
    await makeDirectories(dirname(local));
    await directory.download(path, local, { preserve: true, signal });
    inputs.push([path, { local }]);
  }
  const { key, name, command, outputs, resources, env, walltime, after } = record;
  return {
    key,
    name,
    directory: record.directory,
    command,
    inputs: Object.fromEntries(inputs),
    ...(outputs === undefined ? {} : { outputs }),
    ...(resources === undefined ? {} : { resources }),
    ...(env === undefined ? {} : { env }),
    ...(walltime === undefined ? {} : { walltime }),
    ...(after === undefined ? {} : { after }),
  };
}

/**
 * Writes down on the machine that the scheduler has a job, under an id that somebody has seen in the queue: as if the answer
 * to its submission had been read.
 *
 * @throws OptionError for what is no id; JobError (`not-found`) where the submission has not begun; what ends the link.
 */
export async function recordSubmission(job: UnknownSubmission, id: string): Promise<void> {
  if (!/^[!-~]{1,100}$/.test(id)) {
    throw new OptionError(`Expected an id of the scheduler's, without spaces, got ${JSON.stringify(id)}.`);
  }
  const { place, connection, key } = job;
  const { fs } = await directoryOf(job);
  const lock = `${place.record}/submit.lock`;
  const put = async (name: string, text: string): Promise<void> => {
    const draft = `${lock}/${name}.told`;
    await fs.writeFile(draft, text, { mode: 0o600 });
    await fs.rename(draft, `${lock}/${name}`);
  };
  try {
    await put('out', `${id}\n`);
    await put('err', '');
    await put('id', id);
    // With its status an answer is whole.
    await put('status', `0 ${Math.floor(Date.now() / 1000)}`);
  } catch (error) {
    if (!(error instanceof FileError) || error.code !== 'ENOENT') throw error;
    throw new JobError(
      'not-found',
      `Nothing on ${connection.host} has begun to submit the job ${JSON.stringify(key)}: submit it.`,
      { host: connection.host, jobKey: key, cause: error },
    );
  }
}

function directoryOf({ connection, place, signal }: UnknownSubmission): Promise<RemoteDirectory> {
  return connection.directory(place.path, { mode: 0o700, signal });
}
