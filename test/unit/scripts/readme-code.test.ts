import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../../scripts/readme-code.mjs', import.meta.url));
const fence = '```';
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** What the check says of a document with a program, and with these rows in a table. */
function check(words: string, ...rows: readonly string[]): { readonly status: number | null; readonly said: string } {
  const folder = mkdtempSync(join(tmpdir(), 'hawser-document-'));
  folders.push(folder);
  const file = join(folder, 'page.md');
  const program = [`${fence}ts${words}`, "import { HostSet } from 'hawser';", "const set = HostSet.parse('a');", fence];
  writeFileSync(file, ['# Page', '', ...program, '', '| theirs | ours | |', '|---|---|---|', ...rows, ''].join('\n'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}` };
}

describe('the code in the tables of a document', () => {
  it('is compiled after the program that it goes by: calls, names and statements', () => {
    const rows = [
      '| `set.not_ours()` | `set.size`, `HostSet` | `[...set].map((name) => name.length \\| 0)` |',
      '| `for a in set` | `for (const name of set) console.log(name);` | |',
    ];
    expect(check(' tables', ...rows)).toMatchObject({ status: 0 });
  });

  it('fails with its line where a name is not in the package, in whatever column of ours', () => {
    const { status, said } = check(' tables', '| `x` | `set.size` | |', '| `x` | `set` | as `set.sise` |');
    expect(status).toBe(1);
    expect(said).toMatch(/page\.md\(11,\d+\): .*'sise'/);
    expect(said).not.toContain('(10,');
  });

  it('is left alone where the program does not ask for it', () => {
    expect(check('', '| `x` | `set.sise` | |')).toMatchObject({ status: 0 });
  });
});
