// Compiles and runs the code of the documents, so that what a reader copies works.
//
//   node scripts/readme-code.mjs [FILE.md ...]     default: README.md and docs/guide/*.md
//
// Each block that begins with "```ts" is a program of its own: it imports what it uses from 'hawser', and where it
// needs machines it starts them with startTestFleet() from 'hawser/testing'. It runs in an empty folder with an empty
// home. Words after "ts" say otherwise: "no-run" is compiled alone (it needs a machine that only the reader has),
// "fragment" is neither (a signature, a part of a program). After a program with the word "tables", what stands as code
// in the document's tables, the first column aside, is compiled with it: a name that is not in the package is found.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { snippetsOf } from './document-code.mjs';
import { checkSnippets, root } from './snippets.mjs';

const guide = join(root, 'docs/guide');
const guides = existsSync(guide) ? readdirSync(guide).filter((file) => file.endsWith('.md')) : [];
const documents =
  process.argv.length > 2 ? process.argv.slice(2) : ['README.md', ...guides.sort().map((file) => `docs/guide/${file}`)];
const snippets = documents.flatMap((document) => snippetsOf(readFileSync(resolve(root, document), 'utf8'), document));
if (snippets.length === 0) {
  console.error(`there is no TypeScript in ${documents.join(', ')}`);
  process.exitCode = 1;
} else {
  await checkSnippets(snippets);
}
