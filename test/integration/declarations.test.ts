import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { describe, expect, it } from 'vitest';

const ENTRIES = ['index', 'inventory/index', 'jobs/index', 'testing/index'];

/** The packages that bring their own types. */
const TYPED = ['commander', 'yaml'];

describe('the declarations of the package', () => {
  it('lead to no types that a user would have to install beside it', () => {
    const seen = new Set<string>();
    const foreign: string[] = [];
    const open = ENTRIES.map((entry) => new URL(`../../dist/${entry}.d.ts`, import.meta.url));
    for (const file of open) {
      if (seen.has(file.pathname)) continue;
      seen.add(file.pathname);
      for (const specifier of importedBy(readFileSync(file, 'utf8'))) {
        if (specifier.startsWith('.')) open.push(new URL(specifier.replace(/\.js$/, '.d.ts'), file));
        else if (!isAtHand(specifier)) foreign.push(`${file.pathname}: ${specifier}`);
      }
    }
    expect(seen.size).toBeGreaterThan(ENTRIES.length);
    expect(foreign).toEqual([]);
  });
});

/** What declarations refer to, as the compiler writes them; examples in comments do not count. */
function importedBy(declarations: string): string[] {
  const code = declarations.replaceAll(/\/\*[\s\S]*?\*\//g, '');
  return [...code.matchAll(/\b(?:from |import |import\()(['"])(.+?)\1/g)].map(([, , specifier = '']) => specifier);
}

function isAtHand(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier) || TYPED.includes(specifier);
}
