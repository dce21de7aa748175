import { raceAbort } from '../../core/abort.js';
import { type AuthAttempt, AuthError, ConnectError, DialogError } from '../../core/errors.js';
import type { Platform, PlatformLogin } from '../../inventory/platform/platform.js';
import { detectPlatform } from './detect.js';
import { PromptReader, plain } from './prompt.js';
import { type Credentials, fetchSecret } from './secrets.js';
import type { TextChannel } from './text-channel.js';

/** How long a question must stay the last thing, in milliseconds. */
const SETTLE = 60;
/** How long a prompt must stay that is only guessed to be one, and one that no platform has, in milliseconds. */
const GUESS_SETTLE = 150;
const STRANGE_SETTLE = 1500;
/** A console may wait for a key before it says anything: after so much silence Enter is pressed, once. In milliseconds. */
const SILENCE = 3000;
/** No line that ends a login is longer. */
const LONGEST_LINE = 512;
/** More of a banner is not kept. */
const LONGEST_BANNER = 64 * 1024;

const USERNAME = /(^|[\s(])(login|user ?name|user)( name)?( for [^:]{1,64})?: ?$/i;
const PASSWORD = /pass(word|code|phrase)[^:]{0,64}: ?$/i;
const PRESS_RETURN = /press (the )?(return|enter|any key)[^.]{0,40}[.!]? ?$/i;
/** What looks like a prompt where nothing is known of the device. */
const ANY_PROMPT = /[>#$%] ?$/;

/** What a login needs to know. */
export interface LoginOptions {
  readonly credentials: Credentials;
  /** What the device is; `undefined`: its first prompt and its banner tell. */
  readonly platform: Platform | undefined;
  /** The platforms that may be recognised. */
  readonly known: readonly Platform[];
  readonly signal: AbortSignal;
}

type Found =
  | { readonly kind: 'username' | 'password' | 'key' | 'silence' | 'strange' }
  | { readonly kind: 'prompt'; readonly platform: Platform; readonly guessed: boolean }
  | { readonly kind: 'refused'; readonly words: string };

/**
 * Answers what a device asks before its first prompt, and tells what kind of device it is. Each question is answered once:
 * one that comes again is a refusal, and nothing is tried a second time.
 *
 * @throws AuthError for a refusal, or a question that there is no answer to; ConnectError where the device hangs up;
 *   DialogError (`mode`) for a prompt that no platform has; what ends the signal.
 */
export async function login(channel: TextChannel, o: LoginOptions): Promise<Platform> {
  const { name } = channel;
  const { credentials, signal } = o;
  let banner = '';
  let username: string | undefined;
  let asked = false;
  let nudged = false;
  const refusal = (said: string): AuthError => {
    const detail = username ?? 'password';
    const tried: AuthAttempt[] = [{ method: 'password', detail, outcome: 'refused' }];
    const who = username === undefined ? 'the password' : `the name ${username} and its password`;
    return new AuthError(
      `${name} did not take ${who}${said === '' ? '' : ` (${said})`}. It was not tried again.`,
      tried,
      {
        host: name,
      },
    );
  };
  const type = (text: string, secret = false): void => {
    channel.takeLine();
    channel.type(`${text}\r`, { secret });
    // Who has been heard needs no key; pressed while a password is checked, it would be a second answer.
    nudged = true;
  };

  channel.drainTo((text) => {
    banner = (banner + text).slice(-LONGEST_BANNER);
  });
  try {
    for (;;) {
      const found = await channel
        .until({ look: () => look(channel, o, { banner, nudged }), quiet }, signal)
        .catch((error: unknown) => {
          if (!channel.over) throw error;
          throw asked
            ? refusal('and hung up')
            : new ConnectError('session', `${name} hung up before it showed a prompt; ${channel.lastWords}.`, {
                host: name,
                cause: error,
              });
        });
      switch (found.kind) {
        case 'prompt':
          return found.platform;
        case 'strange':
          throw strange(channel, o.known);
        case 'refused':
          throw refusal(found.words);
        case 'username':
          if (username !== undefined) throw refusal('it asks for a name again');
          if (credentials.username === undefined) {
            throw new AuthError(`${name} asks for a user name: give it as \`username\`.`, [], { host: name });
          }
          username = credentials.username;
          type(username);
          break;
        case 'password': {
          if (asked) throw refusal('it asks again');
          asked = true;
          const secret = fetchSecret(credentials, 'password', name);
          type(await raceAbort(secret, signal, { doing: `logging in to ${name}`, host: name }), true);
          break;
        }
        case 'key':
        case 'silence':
          type('');
          break;
      }
    }
  } finally {
    channel.drainTo(undefined);
  }
}

interface SoFar {
  readonly banner: string;
  /** Whether a key was pressed, or a question answered. */
  readonly nudged: boolean;
}

function look(channel: TextChannel, { platform, known }: LoginOptions, { banner, nudged }: SoFar): Found | undefined {
  const { line } = channel;
  const words: PlatformLogin = platform?.login ?? {};
  if (words.refused !== undefined) {
    const refused = plain(words.refused);
    const said = channel.recent.split('\n').find((one) => refused.test(one));
    if (said !== undefined) return { kind: 'refused', words: said.trim().slice(0, 100) };
  }
  if (line.length <= LONGEST_LINE) {
    if (plain(words.password ?? PASSWORD).test(line)) return { kind: 'password' };
    if (plain(words.username ?? USERNAME).test(line)) return { kind: 'username' };
    if (platform !== undefined && new PromptReader(platform).read(line) !== undefined) {
      return { kind: 'prompt', platform, guessed: false };
    }
    if (platform === undefined && ANY_PROMPT.test(line)) {
      const found = detectPlatform(banner, line, known);
      return found === undefined ? { kind: 'strange' } : { kind: 'prompt', platform: found, guessed: true };
    }
    if (!nudged && PRESS_RETURN.test(line)) return { kind: 'key' };
  }
  return nudged || channel.over ? undefined : { kind: 'silence' };
}

function quiet(found: Found): number {
  switch (found.kind) {
    case 'silence':
      return SILENCE;
    case 'strange':
      return STRANGE_SETTLE;
    case 'refused':
      return 0;
    case 'prompt':
      return found.guessed ? GUESS_SETTLE : SETTLE;
    default:
      return SETTLE;
  }
}

function strange(channel: TextChannel, known: readonly Platform[]): DialogError {
  const names = known.map(({ name }) => name).join(', ');
  return new DialogError(
    'mode',
    `${channel.name} shows a prompt of no known platform; ${channel.lastWords}. Say which it is with \`platform\`: ${names}, or one of your own.`,
    { host: channel.name },
  );
}
