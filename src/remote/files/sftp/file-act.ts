/** One call on a file, as errors tell of it, and what may explain its failure. */
export interface FileAct {
  /** As Node names it: `'open'`, `'mkdir'`, `'scandir'`, … */
  readonly syscall: string;
  readonly path?: Buffer | undefined;
  /** The other path of a call with two. */
  readonly dest?: Buffer | undefined;
  /** An open: whether the file may be written. */
  readonly writes?: boolean;
  /** An open: whether the file must not be there yet. */
  readonly exclusive?: boolean;
  /** As many files are open as the server allows. */
  readonly crowded?: boolean;
  /** How many bytes were to be written. */
  readonly bytes?: number;
}
