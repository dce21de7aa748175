const NAME =
  '(?:pass(?:wd|word|phrase|code)?|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)';

/** Shapes in which people put a secret on a command line. */
const SHAPES: readonly RegExp[] = [
  // PASSWORD=…, PGPASSWORD=…, --token=…, "api_key": "…", Authorization: …
  new RegExp(`${NAME}[\\w.-]*["']?\\s*[=:]\\s*\\S`, 'i'),
  // --password …, -password …
  new RegExp(`(?:^|\\s)--?[\\w.-]*${NAME}[\\w.-]*\\s+\\S`, 'i'),
  // aws configure set aws_secret_access_key …
  new RegExp(`\\bset\\s+[\\w.-]*${NAME}[\\w.-]*\\s+\\S`, 'i'),
  /\b(?:authorization|x-auth[\w-]*|cookie)\s*:/i,
  /\b(?:bearer|basic)\s+[\w+/=.~-]{8,}/i,
  // https://user:secret@host
  /\b[a-z][\w+.-]*:\/\/[^\s/@:]*:[^\s/@]+@/i,
  // curl -u user:secret, mysql -psecret, sshpass -p secret
  /\b(?:curl|wget)\b.*\s(?:-u|--user)[\s=]*\S+:\S/i,
  /\b(?:mysql|mysqldump|mysqladmin|mariadb)\b.*\s-p\S/i,
  /\bsshpass\b/i,
  // … | chpasswd, … | sudo -S, … | docker login --password-stdin
  /\|\s*(?:sudo\s+)?(?:chpasswd|passwd|sudo\s+(?:-\w+\s+)*-\w*S|\S.*--pass\w*-stdin)/i,
  /-----BEGIN /,
  // Keys that say so themselves: AWS, GitHub, GitLab, Slack, JSON Web Tokens.
  /\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|eyJ[\w-]{10,}\.[\w-]{10,}\.)/,
];

/**
 * Whether a command looks as if it held a secret: then it is not kept. Nobody can know for sure; what is kept is
 * readable by its owner alone, and `--no-record` keeps nothing.
 */
export function seemsSecret(command: string): boolean {
  return SHAPES.some((shape) => shape.test(command));
}
