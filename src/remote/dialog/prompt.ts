import type { Platform } from '../../inventory/platform/platform.js';

/** No prompt is longer. */
const LONGEST_PROMPT = 512;
/** How long a prompt must stay the last thing before it is believed, in milliseconds. */
const SETTLE = 30;
/** As long as nothing but its form speaks for a prompt, it must stay for so many milliseconds. */
const UNSURE_SETTLE = 300;

/** A prompt that was seen. */
export interface Prompt {
  /** The name of the mode that it stands for. */
  readonly mode: string;
  /** The device's name in it. */
  readonly host: string | undefined;
  /** The exit status of the command before, where the prompt tells it. */
  readonly status: number | undefined;
  /** How long it must stay the last thing to be believed, in milliseconds. */
  readonly settle: number;
  /** Where it begins in its line: what is before is the end of a command's output. */
  readonly start: number;
}

/** A prompt that is known to the letter. */
export interface KnownPrompt {
  read(line: string): Prompt | undefined;
}

/** Tells a platform's prompts from everything else, the better the more is known of the device. */
export class PromptReader {
  readonly #platform: Platform;
  #host: string | undefined;
  /** The prompt that the device was given. */
  #only: KnownPrompt | undefined;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** What the device calls itself, as far as its prompt says. */
  get host(): string | undefined {
    return this.#host;
  }

  /** Takes a prompt as the device's own. */
  learn(prompt: Prompt): void {
    this.#host = prompt.host;
  }

  /** From now on there is one prompt and no other. */
  expectOnly(known: KnownPrompt): void {
    this.#only = known;
  }

  /** Whether a line is certainly a prompt of the device, and not only like one. */
  isSure(line: string): boolean {
    const prompt = this.read(line);
    return prompt !== undefined && prompt.settle !== UNSURE_SETTLE;
  }

  /** The prompt that a line ends in, if there is one. */
  read(line: string): Prompt | undefined {
    if (this.#only !== undefined) return this.#only.read(line);
    if (line.length > LONGEST_PROMPT) return undefined;
    for (const [mode, { prompt }] of Object.entries(this.#platform.modes)) {
      const match = plain(prompt).exec(line);
      if (match === null) continue;
      const host = match.groups?.['host'];
      const sure = this.#host !== undefined && host === this.#host;
      const settle = sure ? (this.#platform.settle ?? SETTLE) : UNSURE_SETTLE;
      return { mode, host, status: undefined, settle, start: 0 };
    }
    return undefined;
  }
}

/** The pattern without the state that `g` and `y` give it. */
export function plain(pattern: RegExp): RegExp {
  return pattern.global || pattern.sticky ? new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')) : pattern;
}
