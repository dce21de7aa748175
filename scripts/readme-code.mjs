// Compiles and runs the code of the documents, so that what a reader copies works.
//
//   node scripts/readme-code.mjs [FILE.md ...]     default: README.md and docs/guide/*.md
//
// Each block that begins with "```ts" is a program of its own: it imports what it uses from 'hawser', and where it
// needs machines it starts them with startTestFleet() from 'hawser/testing'. It runs in an empty folder with an empty
// home. Words after "ts" say otherwise: "no-run" is compiled alone (it needs a machine that only the reader has),
// "fragment" is neither (a signature, a part of a program).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSnippets, root } from './snippets.mjs';

const guide = join(root, 'docs/guide');
const guides = existsSync(guide) ? readdirSync(guide).filter((file) => file.endsWith('.md')) : [];
const documents =
  process.argv.length > 2 ? process.argv.slice(2) : ['README.md', ...guides.sort().map((file) => `docs/guide/${file}`)];
const snippets = documents.flatMap(snippetsOf);
if (snippets.length === 0) {
  console.error(`there is no TypeScript in ${documents.join(', ')}`);
  process.exitCode = 1;
} else {
  await checkSnippets(snippets);
}

/** @returns {import('./snippets.mjs').Snippet[]} */
function snippetsOf(document) {
  const lines = readFileSync(join(root, document), 'utf8').split('\n');
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
    found.push({
      title: `${document}:${start + 1}`,
      name: `${document.replace(/\W+/g, '-')}-${start + 1}`,
      // as many empty lines before it as it has in the document: the compiler's line numbers are the document's
      text: `${'\n'.repeat(start + 1)}${code.join('\n')}\n`,
      run: !manner.includes('no-run'),
    });
  }
  return found;
}
