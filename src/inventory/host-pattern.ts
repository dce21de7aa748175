/**
 * Whether `name` matches `pattern`, in which `*` stands for any run of characters (none too) and `?` for exactly one.
 *
 * These are the patterns of ssh_config(5) "PATTERNS", which sshd(8) uses for `known_hosts` as well. There are no sets,
 * no escapes and no negation here: the caller takes a leading `!` off and splits lists. Upper and lower case differ;
 * a caller to whom they do not folds both sides first.
 *
 * Only the last `*` is ever gone back to, so the work is at most `pattern.length * name.length` steps whatever the
 * pattern: a hostile `*a*a*a*…` costs no more than an honest one.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    const wanted = pattern[p];
    if (wanted === '*') {
      star = p;
      resume = n;
      p += 1;
    } else if (wanted !== undefined && (wanted === '?' || wanted === name[n])) {
      p += 1;
      n += 1;
    } else if (star >= 0) {
      p = star + 1;
      resume += 1;
      n = resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}
