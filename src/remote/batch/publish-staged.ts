import { IDENTITY } from './far-identity.js';
import { withThose, wordLists, wordOf } from './file-sums.js';
import { FAILING, readFailure, type StagingFailure } from './staging-failure.js';
import { checkedClaim, STANDS } from './take-directory.js';

/** A file that was staged, or was in its place before. */
export interface PublishedFile {
  /** From the job's directory, or in its record. */
  readonly path: string;
  readonly mode: number;
  /** Whether it lies in the staging directory. */
  readonly sent: boolean;
}

/** What is to be published. */
export interface Publication {
  /** From the job's directory, as all paths here. */
  readonly record: string;
  /** The staging directory: files of the job in `d`, files of the record in `r`. */
  readonly stage: string;
  readonly inputs: readonly PublishedFile[];
  /** Names in the record. */
  readonly recordFiles: readonly PublishedFile[];
  /** What READY is to hold. */
  readonly stamp: string;
  /** Whether what READY stands for is to be put in place even where READY holds the same already. */
  readonly anew: boolean;
  /** By which the directory was taken: see `takeDirectory`. Default: it is not looked whose it is. */
  readonly claim?: string | undefined;
}

/**
 * What became of it. `gone`: somebody else removed the staging directory, as who publishes first does. `outdone`: another job
 * has come to have the directory, and nothing was put in place.
 */
export type Published = 'published' | 'submitted' | 'gone' | 'outdone';

/**
 * The script that puts staged files in their places, to be run in the job's directory. It looks before it begins whether all
 * of it can be done; then each file takes its place by a rename, those of the record after those of the job, and READY last.
 */
export function publishStaged(publication: Publication): string {
  const { record, stage, stamp, anew, claim } = publication;
  const inputs = publication.inputs.filter(({ sent }) => sent);
  const own = publication.recordFiles.filter(({ sent }) => sent);
  const from = [
    ...inputs.map(({ path, mode }) => ({ path: `${stage}/d/${path}`, mode })),
    ...own.map(({ path, mode }) => ({ path: `${stage}/r/${path}`, mode })),
  ];
  return [
    FAILING,
    `record=${wordOf(record)}`,
    `stage=${wordOf(stage)}`,
    'if [ -d "$record/submit.lock" ]; then rm -rf "$stage"; echo submitted; exit 0; fi',
    ...(anew
      ? []
      : [
          `if [ -f "$record/READY" ] && [ "$(cat "$record/READY")" = ${stamp} ]; then rm -rf "$stage"; echo published; exit 0; fi`,
        ]),
    'gone() { rm -rf "$stage"; echo gone; exit 0; }',
    'really() { p=$1; while [ ! -L "$p" ]; do case $p in */*) p=${p%/*} ;; *) return 0 ;; esac; done; return 1; }',
    ...wordLists(from.map(({ path }) => path)).map((words) => `for f in ${words}; do [ -f "$f" ] || gone; done`),
    ...(claim === undefined ? [] : [standing(claim)]),
    ...directoryLines(inputs),
    ...wordLists(inputs.map(({ path }) => path)).map(
      (words) => `for f in ${words}; do if [ -d "$f" ]; then fail rename "$f" hawser:EISDIR; fi; done`,
    ),
    ...modeLines(from, (words, mode) => `said=$(chmod ${mode} ${words} 2>&1) || fail chmod "$stage" "$said"`),
    'said=$(rm -f "$record/READY" 2>&1) || fail unlink "$record/READY" "$said"',
    ...moveLines(inputs, `${stage}/d`, ''),
    ...moveLines(own, `${stage}/r`, `${record}/`),
    // They may be another user's, or lie behind a link; what they hold is right.
    ...modeLines(
      publication.inputs.filter(({ sent }) => !sent),
      (words, mode) => withThose('really "$f"', words, `chmod ${mode} "$@" 2>/dev/null`),
    ),
    'said=$(mkdir -p "$stage" 2>&1) || fail mkdir "$stage" "$said"',
    `said=$( { echo ${stamp} >"$stage/READY"; } 2>&1) || fail write "$record/READY" "$said"`,
    'said=$(mv -f "$stage/READY" "$record/READY" 2>&1) || fail rename "$record/READY" "$said"',
    'rm -rf "$record"/stage-*',
    'echo published',
  ].join('\n');
}

/** Reads the answer of {@link publishStaged}. */
export function readPublished(text: string): Published | StagingFailure | undefined {
  const failure = readFailure(text);
  if (failure !== undefined) {
    // Nobody but who publishes first removes what lies in a staging directory.
    return failure.failed === 'rename' && /no such file/i.test(failure.said) ? 'gone' : failure;
  }
  const word = /^(published|submitted|gone|outdone)$/m.exec(text)?.[1];
  return word === 'published' || word === 'submitted' || word === 'gone' || word === 'outdone' ? word : undefined;
}

/** Lets others see that files are about to come, and then looks whether they may. */
function standing(claim: string): string {
  return `${IDENTITY}${STANDS}hawser_look $$
trap 'rm -f "$record/publishing"' EXIT
said=$( { echo "$hawser_host $hawser_boot $$ $hawser_began" >"$stage/publishing"; } 2>&1) || fail write "$stage" "$said"
said=$(mv -f "$stage/publishing" "$record/publishing" 2>&1) || fail rename "$record" "$said"
if ! hawser_stands "$record/.." ${checkedClaim(claim)}; then rm -rf "$stage"; echo outdone; exit 0; fi`;
}

/** Makes the directories that files go to, from the top down. What stands there already must be one, and be ours to fill. */
function directoryLines(files: readonly PublishedFile[]): readonly string[] {
  const directories = new Set<string>();
  for (const { path } of files) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) directories.add(path.slice(0, at));
  }
  const top = files.some(({ path }) => !path.includes('/')) ? ['.'] : [];
  return wordLists([...top, ...[...directories].toSorted()]).map((words) =>
    [
      `for f in ${words}; do`,
      '  if [ -L "$f" ]; then fail mkdir "$f" hawser:ENOTDIR; fi',
      '  if [ ! -d "$f" ]; then said=$(mkdir "$f" 2>&1) || [ -d "$f" ] || fail mkdir "$f" "$said"; fi',
      '  if [ ! -w "$f" ]; then fail rename "$f" hawser:EACCES; fi',
      'done',
    ].join('\n'),
  );
}

function modeLines(
  files: readonly { readonly path: string; readonly mode: number }[],
  line: (words: string, mode: string) => string,
): readonly string[] {
  const byMode = new Map<string, string[]>();
  for (const { path, mode } of files) {
    const key = mode.toString(8);
    const paths = byMode.get(key) ?? [];
    paths.push(path);
    byMode.set(key, paths);
  }
  return [...byMode].flatMap(([mode, paths]) => wordLists(paths).map((words) => line(words, mode)));
}

/** One process renames all files of a directory. */
function moveLines(files: readonly PublishedFile[], from: string, to: string): readonly string[] {
  const byDirectory = new Map<string, string[]>();
  for (const { path } of files) {
    const directory = path.slice(0, path.lastIndexOf('/') + 1);
    const paths = byDirectory.get(directory) ?? [];
    paths.push(`${from}/${path}`);
    byDirectory.set(directory, paths);
  }
  return [...byDirectory].flatMap(([directory, paths]) => {
    const target = wordOf(`${to}${directory}`);
    return wordLists(paths).map((words) => `said=$(mv -f ${words} ${target} 2>&1) || fail rename ${target} "$said"`);
  });
}
