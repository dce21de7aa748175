/** An element of an XML document, as far as the answers of schedulers have them: no attributes, no names of spaces. */
export interface Element {
  readonly name: string;
  /** The text directly in it. */
  readonly text: string;
  readonly children: readonly Element[];
}

const TOKEN =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z_][\w.-]*)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>|([^<]+)/y;

/** No answer has more elements in each other. */
const DEEPEST = 50;

/**
 * Reads the one element that a document is (XML 1.0, without declarations of types and CDATA). `undefined` for all that is
 * not well formed or stops before its end: half an answer is none.
 */
export function parseXml(document: string): Element | undefined {
  type Open = { name: string; text: string; children: Element[] };
  const top: Open = { name: '', text: '', children: [] };
  const open: Open[] = [top];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < document.length; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(document);
    const inner = open.at(-1);
    if (token === null || inner === undefined) return undefined;
    const [, closes, name, empty, text] = token;
    if (text !== undefined) inner.text += unescaped(text);
    if (name === undefined) continue;
    if (closes === '/') {
      if (open.length === 1 || inner.name !== name || empty === '/') return undefined;
      open.pop();
      continue;
    }
    const element: Open = { name, text: '', children: [] };
    inner.children.push(element);
    if (empty !== '/') open.push(element);
    if (open.length > DEEPEST) return undefined;
  }
  const [root, ...others] = top.children;
  return open.length === 1 && others.length === 0 && top.text.trim() === '' ? root : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** What is no entity stays as it is. */
function unescaped(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(\w{1,8}));/g, (whole, decimal, hexadecimal, name) => {
    if (name !== undefined) return (Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined) ?? whole;
    const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
