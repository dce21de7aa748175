/** What a script of a staging could not do. */
export interface StagingFailure {
  /** The call, as Node names it. */
  readonly failed: string;
  /** From the job's directory. */
  readonly path: string;
  /** What the command said that failed, or `hawser:` and Node's code for it. */
  readonly said: string;
}

/** The function by which such a script says what it could not do, and ends. `$stage` goes, where there is one. */
export const FAILING: string = [
  'LC_ALL=C; export LC_ALL',
  'umask 077',
  'stage=',
  'fail() {',
  '  [ -z "$stage" ] || rm -rf "$stage"',
  '  printf \'failed %s %s\\n%s\\n\' "$1" "$2" "$3"',
  '  exit 0',
  '}',
].join('\n');

/** What such a script could not do; `undefined` where it did. */
export function readFailure(text: string): StagingFailure | undefined {
  const found = /^failed (\S+) \.\/(.*)\n([\s\S]*)/m.exec(text);
  const [, failed, path, said] = found ?? [];
  return failed === undefined || path === undefined ? undefined : { failed, path, said: said ?? '' };
}
