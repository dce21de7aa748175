/**
 * A script for `sh` that makes ready first, by what its machine's `envSetup` says: a shell that is no login shell may not
 * find the scheduler's commands otherwise. What that prints is dropped, and that it fails ends nothing. It may say `source`,
 * which not every `sh` has. It reads no stdin, so that nothing that follows is eaten.
 */
export function withEnvSetup(envSetup: string | undefined, script: string): string {
  if (envSetup === undefined || envSetup.trim() === '') return script;
  return `command -v source >/dev/null 2>&1 || source() { . "$@"; }
{
${envSetup}
} </dev/null >/dev/null 2>&1
${script}`;
}
