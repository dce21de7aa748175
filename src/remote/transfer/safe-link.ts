/** What a name in a listing must not be: whoever sends it wants to write elsewhere. */
export function isUnsafeName(name: Buffer, toLocal: boolean): boolean {
  const text = name.toString('latin1');
  if (text === '' || text === '.' || text === '..' || /[/\0]/.test(text)) return true;
  return toLocal && process.platform === 'win32' && /[\\:]/.test(text);
}

/**
 * Whether a link leads out of its tree, whatever other links the tree holds: an absolute one does, and so may one with `..`
 * after a name, since that name may be a link itself.
 *
 * @param target what the link holds.
 * @param depth how many directories lie between the root of the tree and the link.
 */
export function leadsOut(target: Buffer, depth: number): boolean {
  const text = target.toString('latin1');
  if (text === '' || text.startsWith('/')) return true;
  if (process.platform === 'win32' && /^[\\]|^[A-Za-z]:/.test(text)) return true;
  const names = text.split(process.platform === 'win32' ? /[\\/]/ : '/').filter((name) => name !== '' && name !== '.');
  const down = names.findIndex((name) => name !== '..');
  const ups = down < 0 ? names.length : down;
  return ups > depth || names.slice(ups).includes('..');
}
