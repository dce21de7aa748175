/** Names behind which people keep what nobody is to see. */
const SECRET_NAME = /pass(?:$|word|wd|phrase|code)|secret|token|credential|private_?key|community/iu;

/** Whether a field or an argument of a file or a class of somebody's own is called like a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}
