import { ParseError } from '../../core/hawser-error.js';

/** What a host came to in a run. */
export interface HostRecord {
  readonly key: string;
  readonly host: string;
  readonly ok: boolean;
  readonly outcome: string;
  readonly status: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
  /** Why it failed, where there is an error. */
  readonly error?: { readonly code: string; readonly message: string };
  /** What it wrote, or the end of it: with `--keep-output` alone. */
  readonly output?: { readonly stdout: KeptText; readonly stderr: KeptText };
}

/** Output that was kept. */
export interface KeptText {
  readonly text: string;
  /** Bytes that are no UTF-8 are kept as base64. */
  readonly encoding: 'utf8' | 'base64';
  /** Whether more came before it. */
  readonly truncated: boolean;
}

/** A run of `hawser run`, as it is kept in the state directory. No secret that we know of is in it. */
export interface RunRecord {
  readonly format: 'hawser/run';
  readonly version: 1;
  /** Also the name of its file: the moment in UTC, and a random part. */
  readonly id: string;
  /** When it began, as ISO 8601 in UTC. */
  readonly at: string;
  readonly durationMs: number;
  /** The command line for the remote shell; `null` where it looked as if it held a secret. */
  readonly command: string | null;
  /** The flags that say how hosts are reached. */
  readonly reach: readonly string[];
  /** The flags that say how the command is run, and how the hosts are gone over. */
  readonly how: readonly string[];
  /** The names of the variables of `--env`. */
  readonly env: readonly string[];
  /** Whether the command read our stdin. */
  readonly stdin: boolean;
  readonly interrupted: boolean;
  /** In the order of the fleet. */
  readonly hosts: readonly HostRecord[];
}

/** The names of runs: `20261122-081530-3fa9`. */
const ID = /^\d{8}-\d{6}-[0-9a-f]{4}$/;

/** Whether a text is the name of a run. */
export function isRunId(text: string): boolean {
  return ID.test(text);
}

/** The record that a file holds. Throws {@link ParseError} that names the file and the field at fault. */
export function readRunRecord(text: string, file: string): RunRecord {
  const fail = (what: string, cause?: unknown): never => {
    throw new ParseError(what, { file, line: 1, column: 1 }, { cause });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    fail('Expected the record of a run, got what is no JSON.', error);
  }
  if (!isObject(value) || value['format'] !== 'hawser/run') return fail('Expected the record of a run of hawser.');
  if (value['version'] !== 1) {
    return fail(`Expected a record of version 1, got ${JSON.stringify(value['version'])}: a newer hawser wrote it.`);
  }
  const wrong = Object.entries(FIELDS).find(([name, check]) => !check(value[name]));
  if (wrong !== undefined)
    return fail(`Expected the field \`${wrong[0]}\` of the record of a run to be there and whole.`);
  // Every field of the type is in FIELDS and has been checked there.
  return value as unknown as RunRecord;
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => typeof value === 'number';
const isFlag: Check = (value) => typeof value === 'boolean';
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const orMissing =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isKept: Check = (value) => has(value, { text: isText, truncated: isFlag }) && hasEncoding(value);

const HOST_FIELDS: Readonly<Record<keyof HostRecord, Check>> = {
  key: isText,
  host: isText,
  ok: isFlag,
  outcome: isText,
  status: orNull(isNumber),
  signal: orNull(isText),
  durationMs: isNumber,
  error: orMissing((value) => has(value, { code: isText, message: isText })),
  output: orMissing((value) => has(value, { stdout: isKept, stderr: isKept })),
};

const FIELDS: Readonly<Record<keyof RunRecord, Check>> = {
  format: isText,
  version: isNumber,
  id: (value) => typeof value === 'string' && isRunId(value),
  at: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
  durationMs: isNumber,
  command: orNull(isText),
  reach: listOf(isText),
  how: listOf(isText),
  env: listOf(isText),
  stdin: isFlag,
  interrupted: isFlag,
  hosts: listOf((value) => has(value, HOST_FIELDS)),
};

function has(value: unknown, fields: Readonly<Record<string, Check>>): boolean {
  return isObject(value) && Object.entries(fields).every(([name, check]) => check(value[name]));
}

function hasEncoding(value: unknown): boolean {
  return isObject(value) && (value['encoding'] === 'utf8' || value['encoding'] === 'base64');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
