// Compiles and runs each program of examples/, as a user's project would.
//
//   node scripts/examples.mjs [FILE.ts ...]     default: every .ts file of examples/
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { checkSnippets, root } from './snippets.mjs';

const examples =
  process.argv.length > 2
    ? process.argv.slice(2).map((file) => basename(file))
    : readdirSync(join(root, 'examples'))
        .filter((file) => file.endsWith('.ts'))
        .sort();
if (examples.length === 0) {
  console.error('there is no program in examples/');
  process.exitCode = 1;
} else {
  await checkSnippets(
    examples.map((file) => ({
      title: `examples/${file}`,
      name: basename(file, '.ts'),
      text: readFileSync(join(root, 'examples', file), 'utf8'),
      run: true,
    })),
  );
}
