import { randomUUID } from 'node:crypto';
import { type AskShellOptions, askShell, type ShellAnswer, type ShellPlace } from './ask-shell.js';

/**
 * Runs several scripts one after another by one command, and gives what each answered. One that ends, or fails, ends none of
 * those that come after it; what was cut off before a script ended gives no answer for it and for those behind it.
 *
 * Throws as {@link askShell} does.
 */
export async function askSeveral(
  place: ShellPlace,
  scripts: readonly string[],
  o: AskShellOptions = {},
): Promise<readonly (ShellAnswer | undefined)[]> {
  const mark = randomUUID();
  const { stdout, stderr } = await askShell(place, scripts.map((script) => part(script, mark)).join(''), o);
  const errors = stderr.split(`${mark}\n`);
  const answers = stdout.split(`${mark} `);
  return scripts.map((_, i): ShellAnswer | undefined => {
    const [text, next, error] = [answers[i], answers[i + 1], errors[i]];
    if (text === undefined || next === undefined || error === undefined) return undefined;
    // What follows a mark begins with the status of the script before it.
    const own = i === 0 ? text : text.slice(text.indexOf('\n') + 1);
    return { status: Number.parseInt(next, 10), stdout: own, stderr: error };
  });
}

/** A script in a shell of its own, and the marks behind what it says. */
function part(script: string, mark: string): string {
  return `(
${script}
)
hawser_part=$?
printf '%s %s\\n' ${mark} "$hawser_part"
printf '%s\\n' ${mark} >&2
`;
}
