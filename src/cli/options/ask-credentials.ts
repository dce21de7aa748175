import { OptionError } from '../../core/hawser-error.js';
import type { AuthPrompt, Target } from '../../inventory/target.js';
import type { Prompt } from '../terminal/prompt.js';
import type { ConnectionFlags } from './connection-options.js';

/** What the person at the terminal adds to a target; the name is the one that questions are asked under. */
export type Credentials = (name: string) => Partial<Target>;

/**
 * Asks for what must be known beforehand (`--ask-pass`), and says how to ask for what may be needed later: the
 * passphrase of each key, once, and the answers to a server's own questions, host by host. Without a terminal there is
 * nothing to add.
 *
 * @throws OptionError for `--ask-pass` without a terminal.
 */
export async function askCredentials(flags: ConnectionFlags, prompt: Prompt, hosts: number): Promise<Credentials> {
  const password = flags.askPass === true ? await askPassword(prompt, hosts) : undefined;
  if (!prompt.available) return () => (password === undefined ? {} : { password });
  const passphrases = new Map<string, Promise<string>>();
  const common: Partial<Target> = {
    ...(password === undefined ? {} : { password }),
    passphrase: (key) => {
      const known = passphrases.get(key);
      if (known !== undefined) return known;
      const text = `Passphrase of the private key ${key}:`;
      const asked = prompt.ask({ text, what: 'ask for the passphrase of a key' });
      passphrases.set(key, asked);
      return asked;
    },
  };
  return (name) => ({ ...common, keyboardInteractive: answers(name, prompt, password) });
}

/** Asks for the password of sudo(8), once for all hosts. Throws {@link OptionError} without a terminal. */
export async function askSudoPassword(prompt: Prompt, user: string | undefined): Promise<string> {
  const text = user === undefined ? 'Password for sudo:' : `Password for sudo to ${user}:`;
  return notEmpty(await prompt.ask({ text, what: 'ask for the password of sudo (--ask-sudo-pass)' }));
}

async function askPassword(prompt: Prompt, hosts: number): Promise<string> {
  const text = hosts === 1 ? 'Password:' : `Password for ${hosts} hosts:`;
  return notEmpty(await prompt.ask({ text, what: 'ask for a password (--ask-pass)' }));
}

function notEmpty(answer: string): string {
  if (answer !== '') return answer;
  throw new OptionError('Expected a password, got nothing.');
}

/** Answers a server's questions (RFC 4256): its one question for a password with the one that is known, at first. */
function answers(
  name: string,
  prompt: Prompt,
  password: string | undefined,
): NonNullable<Target['keyboardInteractive']> {
  let given = false;
  return async (prompts: readonly AuthPrompt[], info): Promise<readonly string[]> => {
    const [only] = prompts;
    if (!given && password !== undefined && prompts.length === 1 && only?.echo === false) {
      given = true;
      return [password];
    }
    const texts: string[] = [];
    const said = [info.name, info.instructions].filter((text) => text.trim() !== '').join(': ');
    for (const [index, { prompt: text, echo }] of prompts.entries()) {
      const question = index === 0 && said !== '' ? `${said}: ${text}` : text;
      texts.push(await prompt.ask({ text: `${name}: ${question}`, echo, what: `answer the questions of ${name}` }));
    }
    return texts;
  };
}
