// Finds the TypeScript of a Markdown document.

/**
 * @param {string} text the document
 * @param {string} document its name
 * @returns {import('./snippets.mjs').Snippet[]}
 */
export function snippetsOf(text, document) {
  const lines = text.split('\n');
  const found = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent, fence, words] = /^(\s*)(```+)(.*)$/.exec(lines[at]) ?? [];
    if (fence === undefined) continue;
    const start = at;
    do at += 1;
    while (at < lines.length && lines[at].trim() !== fence);
    const [language, ...manner] = words.trim().split(/\s+/);
    if ((language !== 'ts' && language !== 'typescript') || manner.includes('fragment')) continue;
    const code = lines.slice(start + 1, at).map((line) => line.slice(indent.length));
    const tables = manner.includes('tables') ? tableCode(lines, at) : [];
    found.push({
      title: `${document}:${start + 1}`,
      name: `${document.replace(/\W+/g, '-')}-${start + 1}`,
      // as many empty lines before it as it has in the document: the compiler's line numbers are the document's
      text: `${'\n'.repeat(start + 1)}${[...code, ...tables].join('\n')}\n`,
      run: !manner.includes('no-run'),
    });
  }
  return found;
}

/** The code in the tables from line `at` on, each row's on its own line, in a function that nobody calls. */
function tableCode(lines, at) {
  const rows = lines.slice(at + 1).map((line) => {
    // a row, without its first cell; "\|" is a bar that parts no cells
    const [, cells] = /^\s*\|(?:\\.|[^|])*\|(.*)$/.exec(line) ?? [];
    const spans = cells?.matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g) ?? [];
    return Array.from(spans, ([, , code]) => statement(code.replaceAll('\\|', '|').trim())).join(' ');
  });
  return ['async function tables() {', ...rows, '}'];
}

/** An expression is only looked at; what begins like a statement is one, in a block of its own. */
function statement(code) {
  return /^(?:await using|const|for)\b/.test(code) ? `{ ${code} }` : `void (${code});`;
}
