import { spawnSync } from 'node:child_process';

/** What Python says, or that it will not have it. */
export type Answer = string | boolean | readonly string[] | { readonly refused: true };

/** One question about a path: the flavour, the segments that make it, a method or property, and its arguments. */
export interface Question {
  readonly flavour: 'posix' | 'windows';
  readonly path: readonly string[];
  readonly ask: string;
  readonly args?: readonly string[];
}

const SCRIPT = `
import json, sys
from pathlib import PurePosixPath, PureWindowsPath
def plain(v):
    if isinstance(v, (str, bool)): return v
    if isinstance(v, (list, tuple)) or type(v).__name__ == '_PathParents': return [str(x) for x in v]
    return str(v)
def answer(q):
    p = (PurePosixPath if q['flavour'] == 'posix' else PureWindowsPath)(*q['path'])
    try:
        if q['ask'] == 'str': return str(p)
        v = getattr(p, q['ask'])
        return plain(v(*q.get('args', [])) if callable(v) else v)
    except ValueError: return {'refused': True}
print(json.dumps([answer(q) for q in json.load(sys.stdin)]))
`;

/** Python's answers, in the order of the questions: one process answers all of them. */
export function askPathlib(questions: readonly Question[]): Answer[] {
  const { status, stdout, stderr, error } = spawnSync('python3', ['-c', SCRIPT], {
    input: JSON.stringify(questions),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`python3 ended with status ${status}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Whether there is a python3 whose pathlib is the one that is compared with: 3.14 gave suffixes another meaning. */
export function hasPathlib(): boolean {
  const { stdout } = spawnSync('python3', ['-c', 'import sys; print(sys.version_info[:2] < (3, 14))'], {
    encoding: 'utf8',
  });
  return stdout?.trim() === 'True';
}
