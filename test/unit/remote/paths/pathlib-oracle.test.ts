import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HawserError } from '../../../../src/core/hawser-error.js';
import { type LexicalPath, posixPath, windowsPath } from './lexical-path.js';
import { type Answer, askPathlib, hasPathlib, type Question } from './pathlib.js';

/** The names that Python has for what is asked, each with ours. */
const asks: Readonly<Record<string, (path: LexicalPath, args: readonly string[]) => unknown>> = {
  str: String,
  drive: (path) => path.drive,
  root: (path) => path.root,
  anchor: (path) => path.anchor,
  parts: (path) => path.parts,
  name: (path) => path.name,
  suffix: (path) => path.suffix,
  suffixes: (path) => path.suffixes,
  stem: (path) => path.stem,
  parent: (path) => String(path.parent),
  parents: (path) => path.parents.map(String),
  is_absolute: (path) => path.isAbsolute(),
  as_posix: (path) => path.asPosix(),
  as_uri: (path) => path.asURI(),
  joinpath: (path, args) => String(path.join(...args)),
  relative_to: (path, [other = '']) => String(path.relativeTo(other)),
  is_relative_to: (path, [other = '']) => path.isRelativeTo(other),
  with_name: (path, [name = '']) => String(path.withName(name)),
  with_stem: (path, [stem = '']) => String(path.withStem(stem)),
  with_suffix: (path, [suffix = '']) => String(path.withSuffix(suffix)),
  match: (path, [pattern = '']) => path.match(pattern),
};

function ours({ flavour, path, ask, args = [] }: Question): unknown {
  const made = flavour === 'posix' ? posixPath(...path) : windowsPath(...path);
  try {
    return asks[ask]?.(made, args);
  } catch (error) {
    if (error instanceof HawserError) return { refused: true };
    throw error;
  }
}

/** Compares all answers, and shows those that differ. */
function compare(questions: readonly Question[]): void {
  const theirs = askPathlib(questions);
  const different = questions
    .map((question, at) => ({ ...question, ours: ours(question), theirs: theirs[at] }))
    .filter((one) => !isDeepStrictEqual(one.ours, one.theirs) && !isOversight(one, one.theirs));
  expect(different).toEqual([]);
}

/** What only some versions of pathlib say, until it was mended there. */
function isOversight({ ask, path, args: [arg = ''] = [] }: Question, theirs: Answer | undefined): boolean {
  // "." as a last name; the root as a name that "*" matches; "c:" as something that "c:\\a" is below.
  if (ask.startsWith('with_')) return /^(.*[\\/])?\.$/s.test(String(theirs));
  if (ask === 'match') return posixPath(...path).name === '';
  return ask.endsWith('relative_to') && /^[a-z]:$/i.test(arg);
}

const facts = Object.keys(asks).slice(0, 14);

/** All that can be told of a path by itself. */
function allFacts(flavour: Question['flavour'], path: readonly string[]): Question[] {
  return facts.map((ask) => ({ flavour, path, ask }));
}

const posixTexts = [
  ...['', '.', '/', '//', '///', '//a', '///a/b', 'a', 'a/', './a', 'a/./b', 'a//b', 'a/../b', '..', '../..', '/..'],
  ...[
    '.a',
    '.a.b',
    'a.b',
    'a.b.c',
    'a.',
    '..a',
    '...',
    'a..b',
    '.a.',
    'a b',
    "it's",
    'ä/ö',
    'a\nb',
    '-x',
    'c:/a',
    'a\\b',
  ],
];
const windowsTexts = [
  ...[
    '',
    '.',
    'a',
    'a/b',
    'a\\b',
    '\\',
    '/a',
    '\\a\\b',
    'c:',
    'c:a',
    'c:/',
    'c:\\a',
    'C:/A/b.TXT',
    'c:a/b',
    'c:..',
    '..',
  ],
  ...['//server/share', '\\\\server\\share\\', '//server/share/a/b', 'a.b.c', 'c:/a b/ü', 'con', '.a', 'c:/a/../b'],
];

const pythonIsHere = hasPathlib();
if (!pythonIsHere) console.warn('SKIPPED the comparison with pathlib: no python3 before 3.14 here');

describe.skipIf(!pythonIsHere)('a path says what pathlib says', () => {
  it('of itself', () => {
    compare([
      ...posixTexts.flatMap((text) => allFacts('posix', [text])),
      ...windowsTexts.flatMap((text) => allFacts('windows', [text])),
    ]);
  });

  it('when it is joined, made relative, and given other names', () => {
    const names = ['x', 'x.y', '', '.', 'a/b', '/', '..', '.x'];
    const suffixes = ['', '.', '.x', 'x', '.x.y', './x', '..'];
    compare(
      (['posix', 'windows'] as const).flatMap((flavour) => {
        const texts = flavour === 'posix' ? posixTexts : windowsTexts;
        return texts.flatMap((text): Question[] => [
          ...texts.flatMap((other) => [
            { flavour, path: [text], ask: 'joinpath', args: [other] },
            { flavour, path: [text], ask: 'relative_to', args: [other] },
            { flavour, path: [text], ask: 'is_relative_to', args: [other] },
          ]),
          ...names.map((name) => ({ flavour, path: [text], ask: 'with_name', args: [name] })),
          ...names.map((name) => ({ flavour, path: [text], ask: 'with_stem', args: [name] })),
          ...suffixes.map((suffix) => ({ flavour, path: [text], ask: 'with_suffix', args: [suffix] })),
        ]);
      }),
    );
  });

  it('of patterns', () => {
    const patterns = [
      ...['*', '*.py', '*/*.py', '/*', '/a/*', 'a/*', '?', '??', '[ab]', '[!ab]', '[a-c]x', '[]]', '[!]]', '[', '[a'],
      ...[
        'a*a',
        '*a*b*',
        '**a**',
        '?*?',
        '*.*.*',
        '[b-a]',
        '[!b-a]',
        '[-a]',
        '[a-]',
        '[a-c-e]',
        'A*',
        '*A*',
        '.*',
        '*.',
        '[^a]',
        '[\\]',
        '{a,b}',
        '(a)',
        'a+',
        '$',
      ],
    ];
    const paths = [
      ...[
        'a',
        'b',
        'ab',
        'a/b',
        '/a/b',
        'a.py',
        '/a/b.py',
        'x/a.py',
        ']',
        '[',
        '[a',
        '-',
        'ax',
        'A',
        '.a',
        'a.',
        '^',
        'e',
      ],
      ...['a+', 'aa', '{a,b}', '(a)', '$', '😀', 'a\nb', '/a', '/', '\\'],
    ];
    compare(
      paths.flatMap((path) =>
        patterns.map((p) => ({ flavour: 'posix' as const, path: [path], ask: 'match', args: [p] })),
      ),
    );
    const onWindows = ['A.PY', 'c:/A/b.py', 'a/B', 'C:/a'];
    const windowsPatterns = ['*.py', 'a.PY', 'c:/a/*.py', 'C:/A/*', 'A/b', '[a]/[B]', '*'];
    compare(
      onWindows.flatMap((path) =>
        windowsPatterns.map((p) => ({ flavour: 'windows' as const, path: [path], ask: 'match', args: [p] })),
      ),
    );
  });

  it('whatever the text is', () => {
    const text = fc.array(
      fc.constantFrom('a', 'B', '.', '..', '/', '/', '~x', ' ', 'é', '*', '[', ']', '!', '-', '?'),
      {
        maxLength: 12,
      },
    );
    const questions: Question[] = [];
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 3 }),
        text,
        fc.constantFrom(...Object.keys(asks)),
        (path, arg, ask) => {
          const segments = path.map((chars) => chars.join(''));
          const asked = arg.join('');
          // A home directory is no idea of pathlib's; `./x` as a name is an oversight of some versions of it.
          if ([...segments, asked].some((one) => /^(\.?\/)*~/.test(one)) || asked.includes('./')) return;
          questions.push({ flavour: 'posix', path: segments, ask, ...(ask in noArguments ? {} : { args: [asked] }) });
        },
      ),
      { numRuns: 3000 },
    );
    compare(questions);
  });
});

const noArguments: Readonly<Record<string, true>> = Object.fromEntries(facts.map((fact) => [fact, true as const]));
