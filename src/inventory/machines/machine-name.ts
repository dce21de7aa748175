/** The names of files that hold several machines. */
const SHARED = 'machines';
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/u;

/**
 * What is wrong with a machine's name, in words that follow "it"; `undefined` where nothing is. A name is that of a file
 * and of a directory of ours: it leads nowhere.
 */
export function machineNameFault(name: string): string | undefined {
  if (!NAME.test(name)) {
    return 'is made of letters, digits, dots, dashes and underscores, begins with a letter or digit, and has at most 64';
  }
  if (name.toLowerCase() === SHARED) return `is not "${SHARED}": that file holds several`;
  if (/\.(?:ya?ml|json)$/iu.test(name)) return 'is written without the ending of its file';
  return undefined;
}
