import { quote } from '../../core/quote.js';

/**
 * A script for `sh` that makes ready first, by what its machine's `envSetup` says: a shell that is no login shell may not
 * find the scheduler's commands otherwise. What that prints is dropped. It may say `source`, which not every `sh` has; a
 * file that is not there ends nothing, as it would by itself (POSIX.1-2017, Shell Command Language, §2.8.1: `command` takes
 * that from a special built-in); nor do options that it sets. It reads no stdin, so that nothing that follows is eaten.
 */
export function withEnvSetup(envSetup: string | undefined, script: string): string {
  if (envSetup === undefined || envSetup.trim() === '') return script;
  return `command -v source >/dev/null 2>&1 || eval 'source() { . "$@"; }'
{ command eval ${quote(envSetup)}; } </dev/null >/dev/null 2>&1
set +eu
${script}`;
}
