import { isPattern, type NameTest, nameTest } from './name-pattern.js';

/** One name of a listing. */
export interface ListedName {
  readonly name: string;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

/** A tree of files, asked by the names that lead down from its top. */
export interface NameTree {
  /** What is in a directory; `undefined` for what is none, or may not be looked into. */
  list(names: readonly string[]): Promise<readonly ListedName[] | undefined>;
  /** Whether there is such a file; a link that leads nowhere is one. */
  exists(names: readonly string[]): Promise<boolean>;
}

/** One step down a tree: a name as it stands, a test of names, or any number of directories. */
type GlobStep = { readonly name: string } | { readonly test: NameTest } | '**';

/**
 * What in a tree is like a pattern, given by its names, as pathlib's `glob` finds it: `**` is any number of directories,
 * and goes through no link. Directories that cannot be read are passed over. Nothing comes twice.
 */
export async function* globNames(
  tree: NameTree,
  pattern: readonly string[],
  ignoreCase: boolean,
): AsyncGenerator<readonly string[], void> {
  const steps = globSteps(pattern, ignoreCase);
  const manyWays = steps.filter((step) => step === '**').length > 1;
  const seen = new Set<string>();
  for await (const names of expand(tree, [], steps)) {
    if (manyWays) {
      const way = names.join('/');
      if (seen.has(way)) continue;
      seen.add(way);
    }
    yield names;
  }
}

function globSteps(pattern: readonly string[], ignoreCase: boolean): GlobStep[] {
  return pattern
    .filter((name, at) => name !== '**' || pattern[at - 1] !== '**')
    .map((name) => (name === '**' ? name : isPattern(name) ? { test: nameTest(name, ignoreCase) } : { name }));
}

async function* expand(
  tree: NameTree,
  at: readonly string[],
  steps: readonly GlobStep[],
  listed?: readonly ListedName[],
): AsyncGenerator<readonly string[], void> {
  const [step, ...rest] = steps;
  if (step === undefined) {
    yield at;
  } else if (step === '**') {
    yield* anyDepth(tree, at, steps);
  } else if ('name' in step) {
    const next = [...at, step.name];
    if (rest.length > 0) yield* expand(tree, next, rest);
    else if (await tree.exists(next)) yield next;
  } else {
    for (const entry of listed ?? (await tree.list(at)) ?? []) {
      if (!step.test(entry.name)) continue;
      const next = [...at, entry.name];
      if (rest.length === 0) yield next;
      else if (entry.isDirectory() || entry.isSymbolicLink()) yield* expand(tree, next, rest);
    }
  }
}

async function* anyDepth(
  tree: NameTree,
  at: readonly string[],
  steps: readonly GlobStep[],
  isThere = false,
): AsyncGenerator<readonly string[], void> {
  const rest = steps.slice(1);
  const listed = await tree.list(at);
  if (rest.length > 0) yield* expand(tree, at, rest, listed ?? []);
  else if (isThere || listed !== undefined) yield at;
  for (const entry of listed ?? []) {
    const next = [...at, entry.name];
    if (entry.isDirectory()) yield* anyDepth(tree, next, steps, true);
    else if (rest.length === 0) yield next;
  }
}
