import { OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { OWN } from './far-identity.js';
import { farPath } from './far-path.js';
import type { FarRecord } from './far-record.js';
import { parsePieces, parseRecords } from './parse-records.js';
import { recordReader } from './read-records.js';

/** The name of the file beside the records of a directory that says who may submit in it. */
const HOLDER = '.holder';

/** Who is to have a directory: one that submits a job in it. */
export interface DirectoryHolder {
  /** Letters, digits and points. It is made anew each time that a directory is taken. */
  readonly claim: string;
  /** The name of the job's record. */
  readonly slug: string;
  /** The machine and the process of the client that submits it. */
  readonly client: string;
  readonly pid: number;
  readonly key: string;
  readonly name: string;
}

/** What a directory was found to be. */
export interface TakenDirectory {
  /** Who has it; `undefined`: nothing could be written there. */
  readonly holder: DirectoryHolder | undefined;
  /** Whether the holder has not been heard of for long. */
  readonly stale: boolean;
  /** The records of the other jobs in it, by their names. They were read after it was seen who has it. */
  readonly others: ReadonlyMap<string, FarRecord>;
}

/** Options of {@link takeDirectory}. */
export interface TakeDirectoryOptions {
  /** The claim that is over: who has the directory by it loses it. */
  readonly over?: string | undefined;
}

/**
 * A script for `askShell`, in the job's directory: takes it for a job, where nobody has it or who had it has ended, and reads the
 * records of all other jobs in it. `records` is where they are. {@link parseTaken} understands what it prints.
 *
 * Of two that take it at once, the last one has it: it comes by a rename. So that never two submit there, each of them looks
 * twice. It takes the directory, and then reads the others' records (this script); what puts its files in place, and its helper,
 * make a mark in its own record, and then look whether the claim still stands ({@link STANDS}). Whoever comes second to one
 * of the two sees the other one.
 */
export function takeDirectory(records: string, holder: DirectoryHolder, o: TakeDirectoryOptions = {}): string {
  const { claim, slug, client, pid, key, name } = holder;
  const words = [claim, slug, client, String(pid)];
  for (const word of words) {
    if (!isWord(word)) throw new OptionError(`Expected a word of letters and digits, got ${JSON.stringify(word)}.`);
  }
  const over = o.over !== undefined && isWord(o.over) ? ` | ${quote(`${o.over} `)}*` : '';
  return `hawser_records=${farPath(records)}
${recordReader()}${OWN}hawser_holder=$hawser_records/${HOLDER}
hawser_claim=
(umask 077; mkdir -p -- "$hawser_records") 2>/dev/null
if hawser_own "$hawser_records"; then
  { IFS= read -r hawser_claim <"$hawser_holder"; } 2>/dev/null
  hawser_r=\${hawser_claim#* }
  hawser_r=\${hawser_r%% *}
  # Whoever has left an exit status is done with it.
  [ "$hawser_r" = ${quote(slug)} ] || [ ! -f "$hawser_records/\${hawser_r:-.}/exit" ] || hawser_claim=
  case $hawser_claim in
    ''${over})
      (umask 077; printf '%s\\n' ${quote(words.join(' '))} ${quote(JSON.stringify({ key, name }))} >|"$hawser_holder.${claim}") 2>/dev/null &&
        mv -f -- "$hawser_holder.${claim}" "$hawser_holder" || rm -f -- "$hawser_holder.${claim}" ;;
  esac
  hawser_field holder "$hawser_holder" 8192
  hawser_young "$hawser_holder" || hawser_say stale ''
fi
for hawser_r in "$hawser_records"/*-*; do
  [ ! -d "$hawser_r" ] || [ "\${hawser_r##*/}" = ${quote(slug)} ] || hawser_read "\${hawser_r##*/}" "$hawser_r"
done
`;
}

/** What a script of {@link takeDirectory} printed. */
export function parseTaken(text: string): TakenDirectory {
  const pieces = new Map<string, string>();
  for (const [word, content] of parsePieces(text)) {
    if (word === 'record') break;
    pieces.set(word, content);
  }
  return { holder: parseHolder(pieces.get('holder') ?? ''), stale: pieces.has('stale'), others: parseRecords(text) };
}

/** A script for `askShell` that gives a directory back, where it was taken by this claim and nobody else has it. */
export function releaseDirectory(records: string, claim: string): string {
  return `${STANDS}if hawser_stands ${farPath(records)} ${checkedClaim(claim)}; then rm -f -- ${farPath(records)}/${HOLDER}; fi\n`;
}

/** `hawser_stands RECORDS CLAIM`: whether the directory with these records is still held by that claim. */
export const STANDS: string = `hawser_stands() {
  hawser_now=
  { IFS= read -r hawser_now <"$1/${HOLDER}"; } 2>/dev/null
  [ "\${hawser_now%% *}" = "$2" ]
}
`;

/** A claim that is safe as a word of `sh`. Throws `OptionError` for another. */
export function checkedClaim(claim: string): string {
  if (isWord(claim)) return claim;
  throw new OptionError(`Expected a claim of letters and digits, got ${JSON.stringify(claim)}.`);
}

function isWord(text: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(text);
}

function parseHolder(text: string): DirectoryHolder | undefined {
  const [first = '', second = ''] = text.split('\n');
  const [claim, slug, client, pid] = first.split(' ');
  if (claim === undefined || !isWord(claim) || slug === undefined || client === undefined) return undefined;
  return { claim, slug, client, pid: Number(pid), ...parseNames(second) };
}

function parseNames(text: string): Pick<DirectoryHolder, 'key' | 'name'> {
  try {
    const value: unknown = JSON.parse(text);
    const field = (name: string): unknown =>
      typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
    const [key, name] = [field('key'), field('name')];
    if (typeof key === 'string' && typeof name === 'string') return { key, name };
  } catch {
    // Whoever wrote it is known by the first line.
  }
  return { key: '', name: '' };
}
