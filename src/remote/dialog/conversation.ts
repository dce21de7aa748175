import { raceAbort } from '../../core/abort.js';
import type { PlatformPager } from '../../inventory/platform/platform.js';
import { type Prompt, type PromptReader, plain } from './prompt.js';
import type { Asked, Statements } from './statement.js';
import type { TextChannel } from './text-channel.js';

/** How long a question or a pager must stay the last thing to be answered, in milliseconds. */
const SETTLE = 30;

/** After so much silence a prompt that something was written over is asked for again, in milliseconds. */
const SILENCE = 1000;

/** What a command says before its prompt, and who answers it. */
export interface Conversation {
  readonly channel: TextChannel;
  readonly prompts: PromptReader;
  readonly pagers: readonly PlatformPager[];
  readonly statements: Statements;
  readonly signal: AbortSignal;
  /** Whether what comes now belongs to the command. */
  begun(): boolean;
  /** Takes the line of a question that was answered. */
  said(question: string): void;
}

type Found =
  | { readonly kind: 'prompt'; readonly prompt: Prompt }
  | { readonly kind: 'question'; readonly asked: Asked }
  | { readonly kind: 'pager'; readonly key: string }
  | { readonly kind: 'overtaken' };

/**
 * Follows a command until its prompt comes: pages on, and answers its questions. `undefined`: a statement says that no
 * prompt is to be waited for.
 *
 * @throws what ends the signal or the channel; DialogError for a question that is asked again.
 */
export async function untilPrompt(o: Conversation): Promise<Prompt | undefined> {
  const { channel, signal } = o;
  for (;;) {
    const found = await channel.until({ look: () => look(o), quiet }, signal);
    if (found.kind === 'prompt') return found.prompt;
    if (found.kind === 'pager' || found.kind === 'overtaken') {
      channel.takeLine();
      channel.type(found.kind === 'pager' ? found.key : '\r');
      continue;
    }
    const { statement } = found.asked;
    const doing = `answering ${channel.name}`;
    const answer = await raceAbort(o.statements.answer(found.asked), signal, { doing, host: channel.name });
    o.said(channel.takeLine());
    channel.type(statement.enter === false ? answer : `${answer}\r`, { secret: statement.secret === true });
    if (statement.continue === false) return undefined;
  }
}

function look({ channel, prompts, pagers, statements, begun }: Conversation): Found | undefined {
  if (!begun()) return undefined;
  const { line } = channel;
  const asked = statements.find(channel.recent, line);
  if (asked !== undefined) return { kind: 'question', asked };
  const prompt = prompts.read(line);
  if (prompt !== undefined) return { kind: 'prompt', prompt };
  const pager = pagers.find(({ pattern }) => plain(pattern).test(line));
  if (pager !== undefined) return { kind: 'pager', key: pager.answer };
  // A console writes its messages after the prompt, and does not repeat it.
  const isOvertaken = line === '' && channel.recent.split('\n').some((one) => prompts.isSure(one));
  return isOvertaken ? { kind: 'overtaken' } : undefined;
}

function quiet(found: Found): number {
  if (found.kind === 'prompt') return found.prompt.settle;
  return found.kind === 'overtaken' ? SILENCE : SETTLE;
}
