// Checks that the rooms of src/ are built on each other in one direction only.
//
//   node scripts/check-layers.mjs [ROOT]     ROOT has package.json and src/; default: this package
//
// Prints each breach as "file:line: what is wrong; what to do" and exits with 1 when there is any.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scanImports } from './scan-imports.mjs';

/** A room may import from rooms with a lower number. Those with the same one are neighbours, who do not. */
const floors = new Map([
  ['core', 0],
  ['inventory', 1],
  ['transport', 2],
  ['remote', 3],
  ['connection', 4],
  ['pool', 5],
  ['session', 6],
  ['manager', 7],
  ['fleet', 7],
  ['jobs', 8],
  ['cli', 9],
]);
const order = 'core < inventory < transport < remote < connection < pool < session < manager, fleet < jobs < cli';

/** Packages that only some files may import. */
const reserved = [
  { packages: ['ssh2'], allowed: /^(transport\/ssh2|testing)\//, where: 'transport/ssh2/ and testing/' },
  {
    packages: ['node:child_process', 'child_process'],
    allowed: /^(transport\/((local|openssh)\/|ssh2\/proxy-command\.ts$)|testing\/)/,
    where: 'transport/local/, transport/openssh/, transport/ssh2/proxy-command.ts and testing/',
  },
  { packages: ['yaml'], allowed: /^inventory\//, where: 'inventory/' },
];

const root = resolve(process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), '..'));
const breaches = checkLayers(root);
for (const breach of breaches) console.log(breach);
if (breaches.length > 0) {
  console.log(`${breaches.length} ${breaches.length === 1 ? 'import breaks' : 'imports break'} the order of the rooms`);
  process.exitCode = 1;
}

/**
 * @param {string} root
 * @returns {string[]}
 */
function checkLayers(root) {
  const { name, exports = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const files = new Map(
    readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(join(root, 'src'), join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort()
      .map((file) => [file, edgesOf(root, file)]),
  );
  const found = [];
  const report = (file, line, text) => found.push(`src/${file}:${line}: ${text}`);

  for (const [file, edges] of files) {
    checkPlace(file, exportedSources(exports), report);
    for (const edge of edges) {
      const breach = checkEdge(file, edge, name, files);
      if (breach !== undefined) report(file, edge.line, breach);
    }
  }
  checkCycles(files, report);
  checkStart(files, report);
  return found;
}

/** @returns what a file imports; `target` is a file of src/ where the import is relative. */
function edgesOf(root, file) {
  return scanImports(readFileSync(join(root, 'src', file), 'utf8')).map((found) => ({
    ...found,
    target: found.specifier?.startsWith('.')
      ? posix.join(posix.dirname(file), found.specifier).replace(/\.js$/, '.ts')
      : undefined,
  }));
}

/** The room of a file; '' for the files of src/ itself. */
function roomOf(file) {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : '';
}

/** The files of src/ that package.json exports: the entry "./dist/a/index.js" is made of "a/index.ts". */
function exportedSources(exports) {
  return new Set([...JSON.stringify(exports).matchAll(/"\.\/dist\/([^"]+)\.js"/g)].map(([, path]) => `${path}.ts`));
}

function checkPlace(file, exported, report) {
  const room = roomOf(file);
  if (room !== '' && room !== 'testing' && !floors.has(room)) {
    report(file, 1, `no such room as ${room}/; the rooms are ${order}, and testing`);
  }
  if (posix.basename(file) === 'index.ts' && !exported.has(file)) {
    report(file, 1, 'package.json does not export this index.ts; delete it and import each file by its own path');
  }
}

/** @returns what is wrong with this import, or undefined */
function checkEdge(file, { specifier, target }, packageName, files) {
  if (specifier === undefined) return 'a computed import cannot be checked; write the path as a string';
  if (specifier === packageName || specifier.startsWith(`${packageName}/`)) {
    return `imports the package by its own name; import the file by its path`;
  }
  if (target === undefined) {
    const rule = reserved.find(({ packages }) =>
      packages.some((p) => specifier === p || specifier.startsWith(`${p}/`)),
    );
    if (rule === undefined || rule.allowed.test(file)) return undefined;
    return `${specifier} may be imported in ${rule.where} alone; use what those export`;
  }
  if (target.startsWith('../')) return `${specifier} is outside of src/; what is shipped must lie in it`;
  if (!files.has(target)) return `there is no src/${target}; name the file itself, with the ending .js`;
  if (posix.basename(target) === 'index.ts') return `imports src/${target}; import the file that has what you need`;
  return checkRooms(file, target);
}

function checkRooms(file, target) {
  const from = roomOf(file);
  const to = roomOf(target);
  if (from === to) return undefined;
  if (to === '') return `imports src/${target}, which is above all rooms; move what both need into a room below`;
  if (to === 'testing') {
    if (/^cli\/(.*[/-])?demo\b/.test(file)) return undefined;
    return 'testing/ is for tests and for the demo command of cli/ alone; move what is needed into a room below';
  }
  if (from === '') {
    if (file !== 'index.ts') return `a file of src/ itself may be index.ts alone; move ${file} into a room`;
    return ['cli', 'jobs'].includes(to) ? `index.ts does not export ${to}/; give it an entry of its own` : undefined;
  }
  if (from === 'testing') {
    if (floors.get(to) < floors.get('session')) return undefined;
    return `testing/ may use the rooms below session/, and ${to}/ is not; take it as an argument`;
  }
  if (floors.get(to) < floors.get(from)) return undefined;
  const relation = floors.get(to) === floors.get(from) ? 'is the neighbour of' : 'is above';
  return `${to}/ ${relation} ${from}/ (${order}); move what both need into a room below both`;
}

/** Each circle of imports is reported once, at its first file in the order of the alphabet, in its shortest form. */
function checkCycles(files, report) {
  const inReported = new Set();
  for (const [file, edges] of files) {
    if (inReported.has(file)) continue;
    const circle = shortestPath(files, file, (edge) => edge.target, file);
    if (circle === undefined) continue;
    for (const part of circle) inReported.add(part);
    const line = edges.find((edge) => edge.target === circle[1])?.line ?? 1;
    report(file, line, `a circle: ${circle.join(' -> ')}; move what they share into a file of its own`);
  }
}

/** The command line starts without SSH: it loads a command when that command is called. */
function checkStart(files, report) {
  const start = 'cli/main.ts';
  const atRun = (edge) => (edge.kind === 'static' ? edge.target : undefined);
  const isSsh = ([file, edges]) =>
    file.startsWith('transport/ssh2/') ||
    edges.some(({ specifier, kind }) => specifier === 'ssh2' && kind === 'static');
  const [first] = [...files]
    .filter(isSsh)
    .map(([file]) => shortestPath(files, start, atRun, file))
    .filter((path) => path !== undefined)
    .sort((a, b) => a.length - b.length);
  if (first === undefined) return;
  const line = files.get(start).find((edge) => edge.target === first[1])?.line ?? 1;
  report(
    start,
    line,
    `loads SSH at the start: ${first.join(' -> ')}; load the command with import() when it is called`,
  );
}

/** @returns the files from `start` to `end` along the imports, both included and at least one import long */
function shortestPath(files, start, follow, end) {
  const cameFrom = new Map();
  const queue = [start];
  for (const file of queue) {
    for (const edge of files.get(file) ?? []) {
      const target = follow(edge);
      if (target === undefined || !files.has(target) || cameFrom.has(target)) continue;
      cameFrom.set(target, file);
      if (target === end) {
        const path = [end];
        do path.unshift(cameFrom.get(path[0]));
        while (path[0] !== start);
        return path;
      }
      queue.push(target);
    }
  }
  return undefined;
}
