/** One call on a file, as errors tell of it. */
export interface FileAct {
  /** As Node names it: `'open'`, `'mkdir'`, `'scandir'`, … */
  readonly syscall: string;
  readonly path?: Buffer | undefined;
  /** The other path of a call with two. */
  readonly dest?: Buffer | undefined;
}
