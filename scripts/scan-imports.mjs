// Finds what a TypeScript file imports, by its tokens: strings, comments, templates and regular expressions that look
// like imports are none, and an import inside `${…}` of a template is one.

/**
 * @typedef {object} Import
 * @property {string | undefined} specifier `undefined` where it is computed
 * @property {'static' | 'type' | 'dynamic'} kind `type`: gone when the program runs
 * @property {number} line counted from 1
 */

/** @typedef {{ type: 'word' | 'string' | 'mark' | 'other', text: string, line: number }} Token */

const wordsBeforeRegExp = new Set(
  'await case delete do else extends in instanceof of new return throw typeof void yield'.split(' '),
);
const parensBeforeStatement = new Set(['if', 'for', 'while', 'with']);

/**
 * @param {string} source
 * @returns {Import[]}
 */
export function scanImports(source) {
  const tokens = tokenize(source);
  /** @type {Import[]} */
  const imports = [];
  tokens.forEach((token, index) => {
    if (token.type !== 'word' || isMember(tokens, index)) return;
    const found =
      token.text === 'import'
        ? readImport(tokens, index)
        : token.text === 'export'
          ? readExport(tokens, index)
          : token.text === 'require'
            ? readRequire(tokens, index)
            : undefined;
    if (found !== undefined) imports.push({ ...found, line: token.line });
  });
  return imports;
}

/** `a.import`, and the names of members: `{ import: 1 }` and `import?: string`. */
function isMember(tokens, index) {
  const before = tokens[index - 1]?.text;
  const after = tokens[index + 1]?.text;
  const isSpread = before === '.' && tokens[index - 2]?.text === '.';
  return (before === '.' && !isSpread) || before === '#' || after === ':' || after === '?';
}

function readImport(tokens, index) {
  const next = tokens[index + 1];
  if (next?.type === 'string') return { specifier: next.text, kind: 'static' };
  if (next?.text === '(') {
    const specifier = onlyArgument(tokens, index + 2);
    return { specifier, kind: tokens[index - 1]?.text === 'typeof' ? 'type' : 'dynamic' };
  }
  if (next === undefined || (next.type !== 'word' && next.text !== '{' && next.text !== '*')) return undefined;
  const from = findFrom(tokens, index + 1);
  if (from === undefined) return undefined; // `import a = b.c`; `import a = require('b')` is found by its require
  return { specifier: tokens[from + 1].text, kind: isTypeOnly(tokens, index, from) ? 'type' : 'static' };
}

function readExport(tokens, index) {
  let at = index + 1;
  const typeOnly = tokens[at]?.text === 'type' && ['{', '*'].includes(tokens[at + 1]?.text);
  if (typeOnly) at += 1;
  if (tokens[at]?.text === '{') {
    while (at < tokens.length && tokens[at].text !== '}') at += 1;
    at += 1;
  } else if (tokens[at]?.text === '*') {
    at += tokens[at + 1]?.text === 'as' ? 3 : 1;
  } else {
    return undefined;
  }
  if (tokens[at]?.text !== 'from' || tokens[at + 1]?.type !== 'string') return undefined;
  return { specifier: tokens[at + 1].text, kind: typeOnly ? 'type' : 'static' };
}

function readRequire(tokens, index) {
  if (tokens[index + 1]?.text !== '(' || tokens[index - 1]?.text === 'function') return undefined;
  return { specifier: onlyArgument(tokens, index + 2), kind: 'static' };
}

/** The string at `index` when it is the whole argument, or the first of two. */
function onlyArgument(tokens, index) {
  const closed = tokens[index + 1]?.text === ')' || tokens[index + 1]?.text === ',';
  return tokens[index]?.type === 'string' && closed ? tokens[index].text : undefined;
}

/** The index of `from "…"` of the import clause that begins at `index`. */
function findFrom(tokens, index) {
  for (let at = index; at < tokens.length; at += 1) {
    const { text, type } = tokens[at];
    if (text === 'from' && type === 'word' && tokens[at + 1]?.type === 'string') return at;
    const inClause = type === 'word' || type === 'string' || ['{', '}', ',', '*'].includes(text);
    if (!inClause) return undefined;
  }
  return undefined;
}

/** `import type X from`, not `import type from`, which takes a default export and calls it `type`. */
function isTypeOnly(tokens, index, from) {
  return tokens[index + 1].text === 'type' && index + 2 !== from && tokens[index + 2].text !== ',';
}

/**
 * @param {string} source
 * @returns {Token[]}
 */
function tokenize(source) {
  /** @type {Token[]} */
  const tokens = [];
  /** What each open bracket was opened by: decides what its end is the end of. */
  const open = [];
  let at = source.startsWith('#!') ? endOfLine(source, 0) : 0;
  let line = 1;

  const push = (type, text, end) => {
    tokens.push({ type, text, line });
    line += count(source, at, end);
    at = end;
  };
  const skip = (end) => {
    line += count(source, at, end);
    at = end;
  };
  /** From the character after "`" or "}" to after the "`" or "${" that follows. */
  const template = (from) => {
    let end = from;
    while (end < source.length && source[end] !== '`' && !source.startsWith('${', end)) {
      end += source[end] === '\\' ? 2 : 1;
    }
    const whole = source[end] === '`';
    const isPlain = whole && source[from - 1] === '`';
    if (!whole) open.push('template');
    push(isPlain ? 'string' : 'other', isPlain ? source.slice(from, end) : '', whole ? end + 1 : end + 2);
    if (!whole) tokens.push({ type: 'mark', text: '(', line }); // what is inside is an expression of its own
  };

  while (at < source.length) {
    const char = source[at];
    if (/\s/.test(char)) skip(at + 1);
    else if (source.startsWith('//', at)) skip(endOfLine(source, at));
    else if (source.startsWith('/*', at)) skip(after(source, '*/', at + 2));
    else if (char === '"' || char === "'") {
      const end = endOfString(source, at);
      push('string', source.slice(at + 1, end - 1), end);
    } else if (char === '`') template(at + 1);
    else if (char === '}' && open.at(-1) === 'template') {
      open.pop();
      tokens.push({ type: 'mark', text: ')', line });
      template(at + 1);
    } else if (/[\p{ID_Start}$_]/u.test(char)) {
      const [word] = /^[\p{ID_Continue}$]+/u.exec(source.slice(at, at + 200)) ?? [char];
      push('word', word, at + word.length);
    } else if (/\d/.test(char)) {
      const [number] = /^[\w.]+/.exec(source.slice(at, at + 200)) ?? [char];
      push('other', number, at + number.length);
    } else if (char === '/' && mayBeRegExp(tokens) && endOfRegExp(source, at) !== undefined) {
      push('other', '', endOfRegExp(source, at));
    } else {
      if (char === '(') open.push(parensBeforeStatement.has(tokens.at(-1)?.text ?? '') ? 'statement' : '(');
      if (char === '{') open.push('{');
      const closes = char === ')' || char === '}' ? open.pop() : undefined;
      push(closes === 'statement' ? 'other' : 'mark', char, at + 1);
    }
  }
  return tokens;
}

/** Does a value have to follow, so that "/" begins a regular expression and is no division? */
function mayBeRegExp(tokens) {
  const last = tokens.at(-1);
  if (last === undefined) return true;
  if (last.type === 'word') return wordsBeforeRegExp.has(last.text);
  if (last.type === 'mark') return last.text !== ')' && last.text !== ']';
  return last.text === ')'; // of an `if (…)`: the only thing of this type that is no value
}

/** The end of the regular expression, or `undefined` where none ends on this line: then it is a division. */
function endOfRegExp(source, start) {
  let inClass = false;
  for (let at = start + 1; at < source.length; at += 1) {
    const char = source[at];
    if (char === '\n') return undefined;
    if (char === '\\') at += 1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return at + 1 + /^[a-z]*/.exec(source.slice(at + 1, at + 12))[0].length;
  }
  return undefined;
}

function endOfString(source, start) {
  let at = start + 1;
  while (at < source.length && source[at] !== source[start]) at += source[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfLine(source, start) {
  const end = source.indexOf('\n', start);
  return end === -1 ? source.length : end;
}

function after(source, text, start) {
  const found = source.indexOf(text, start);
  return found === -1 ? source.length : found + text.length;
}

function count(source, start, end) {
  let lines = 0;
  for (let at = start; at < end; at += 1) if (source[at] === '\n') lines += 1;
  return lines;
}
