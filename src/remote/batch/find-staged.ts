import { OWN } from './far-identity.js';
import { FIND_SUM_TOOL, printSums, printSumsBelow, readSums, wordOf } from './file-sums.js';
import { FAILING, readFailure, type StagingFailure } from './staging-failure.js';

/** How long nothing must have changed in a staging directory for it to be nobody's any more, in minutes. */
const ABANDONED = 15;

/** What to look for, by paths from the job's directory. */
export interface StagedQuestion {
  /** The job's record, which is made where it is missing. */
  readonly record: string;
  /** Files whose SHA-256 is asked for. */
  readonly files: readonly string[];
}

/** What a job's directory has. */
export interface FoundStaged {
  /** Whether somebody submits the job, or has. Nothing else was looked at then. */
  readonly submitted: boolean;
  /** What READY holds, where it is there. */
  readonly ready: string | undefined;
  /** Whether the machine makes SHA-256 sums. Without, nothing is known of what is there. */
  readonly hasTool: boolean;
  /** The sums of the files that are there. */
  readonly sums: ReadonlyMap<string, string>;
  /** Staging directories that somebody has left in the record, or is at work in. */
  readonly stages: readonly { readonly name: string; readonly abandoned: boolean }[];
}

/** The script that looks at what a job's directory has, to be run in that directory. */
export function findStaged({ record, files }: StagedQuestion): string {
  return [
    FAILING,
    `${OWN}record=${wordOf(record)}`,
    // What another user has made there before us, or may write to, would be run as this user.
    'for d in "$record/.." "$record"; do',
    '  if [ -e "$d" ] && ! hawser_own "$d"; then fail mkdir "$record" hawser:EPERM; fi',
    'done',
    'if [ -d "$record/submit.lock" ]; then echo submitted; exit 0; fi',
    'said=$(mkdir -p "$record" 2>&1) || fail mkdir "$record" "$said"',
    'hawser_own "$record/.." && hawser_own "$record" || fail mkdir "$record" hawser:EPERM',
    'if [ -f "$record/READY" ]; then echo "ready $(cat "$record/READY")"; fi',
    'for s in "$record"/stage-*; do',
    '  [ -d "$s" ] || continue',
    // Not every find knows -mmin: then no directory is anybody's but its maker's.
    `  if find . -prune -mmin 1 >/dev/null 2>&1 && [ -z "$(find "$s" -mmin -${ABANDONED} 2>/dev/null | head -n 1)" ]`,
    '  then echo "abandoned ${s##*/}"; else echo "stage ${s##*/}"; fi',
    'done',
    FIND_SUM_TOOL,
    printSums(files),
  ].join('\n');
}

/** Reads the answer of {@link findStaged}. */
export function readFoundStaged(text: string): FoundStaged | StagingFailure {
  const failure = readFailure(text);
  if (failure !== undefined) return failure;
  const stages = Array.from(text.matchAll(/^(abandoned|stage) (stage-\S+)$/gm), ([, word, name = '']) => {
    return { name, abandoned: word === 'abandoned' };
  });
  return {
    submitted: /^submitted$/m.test(text),
    ready: /^ready (\S+)$/m.exec(text)?.[1],
    hasTool: /^tool$/m.test(text),
    sums: readSums(text),
    stages,
  };
}

/** The script that prints the sums of what is in a staging directory; `from`: of another one, which it takes over first. */
export function listStage(stage: string, from?: string): string {
  return [
    'LC_ALL=C; export LC_ALL',
    ...(from === undefined ? [] : [`[ -d ${wordOf(stage)} ] || mv ${wordOf(from)} ${wordOf(stage)} 2>/dev/null`]),
    FIND_SUM_TOOL,
    printSumsBelow(stage),
  ].join('\n');
}

/** The script that removes staging directories. */
export function removeStages(stages: readonly string[]): string {
  return `rm -rf ${stages.map(wordOf).join(' ')}`;
}
