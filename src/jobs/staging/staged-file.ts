import { createHash } from 'node:crypto';
import { OptionError } from '../../core/hawser-error.js';
import type { Content, Manifest } from './manifest.js';

/** A file of a job's record. */
export interface RecordFile {
  /** Without a directory, such as `job.json`. */
  readonly name: string;
  readonly content: string | Uint8Array;
  /** Default 0o600. */
  readonly mode?: number;
  /**
   * Whether a record in which this file has another content is still the same. Default `false`; for what holds the time, or
   * who staged it.
   */
  readonly varies?: boolean;
}

/** What is to be there before a job starts. */
export interface StagingFiles {
  readonly inputs: Manifest;
  /** The files of its record, but `inputs` and `READY`, which are made here. */
  readonly record: readonly RecordFile[];
}

/** A file that is to be put in place. */
export interface StagedFile {
  /** Of an input its path below the job's directory, of a file of the record its name. */
  readonly path: string;
  readonly ofRecord: boolean;
  /** Where it is to be, from the job's directory. */
  readonly target: string;
  /** Where it waits for that, below the staging directory. */
  readonly waits: string;
  readonly sha256: string;
  readonly size: number;
  readonly mode: number;
  readonly content: Content;
  readonly varies: boolean;
}

const MODE = 0o600;
/** The name in the record of what the inputs are. */
const INPUTS = 'inputs';

/** All files that are to be put in place, those of the record last. */
export function stagedFiles({ inputs, record }: StagingFiles, place: string): readonly StagedFile[] {
  const list = inputs.files.map(({ path, sha256, size, mode }) => ({ path, sha256, size, mode }));
  const manifest = { name: INPUTS, content: `${JSON.stringify({ v: 1, files: list })}\n` };
  return [
    ...inputs.files.map((file) => {
      return { ...file, ofRecord: false, target: file.path, waits: `d/${file.path}`, varies: false };
    }),
    ...[...record, manifest].map((file) => ofRecord(file, place)),
  ];
}

/** By which READY tells what it stands for: the SHA-256 of what is where, and with which mode. */
export function stampOf(files: readonly StagedFile[]): string {
  const fixed = files.filter(({ varies }) => !varies);
  const all = fixed.map(({ target, mode, sha256 }) => JSON.stringify([target, mode, sha256])).toSorted();
  return createHash('sha256').update(all.join('\n')).digest('hex');
}

function ofRecord({ name, content, mode = MODE, varies = false }: RecordFile, place: string): StagedFile {
  if (!/^[\w-][\w.-]*$/.test(name) || name === 'READY') {
    throw new OptionError(`Expected the name of a file of a job's record, got ${JSON.stringify(name)}.`);
  }
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const size = bytes.byteLength;
  return {
    path: name,
    ofRecord: true,
    target: `${place}/${name}`,
    waits: `r/${name}`,
    sha256,
    size,
    mode,
    content: bytes,
    varies,
  };
}
