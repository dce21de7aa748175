import { OptionError } from '../core/hawser-error.js';
import type { Caller, Environment } from './caller.js';
import type { SelectionSources } from './options/select-hosts.js';
import type { TerminalFlags } from './options/terminal-options.js';
import { Output } from './terminal/output.js';
import { makePaint, type Paint, wantsColor } from './terminal/paint.js';
import { Prompt } from './terminal/prompt.js';

/** As much of stdin as is kept in memory for all hosts to read. */
const MOST_INPUT = 64 * 1024 * 1024;

/** What a command has to do with the process that it is done for: the one place where its streams are known. */
export class Context {
  /** The process that it is done for. */
  readonly caller: Caller;
  readonly output: Output;
  readonly prompt: Prompt = new Prompt(() => {
    this.output.flush();
    return this.output.hold();
  });
  readonly env: Environment;
  #stdin: Promise<Buffer> | undefined;

  constructor(caller: Caller = process) {
    this.caller = caller;
    this.output = new Output(caller.stdout, caller.stderr);
    this.env = caller.env;
  }

  /** The paints that flags and environment ask for. */
  paints({ color }: Pick<TerminalFlags, 'color'>): { readonly out: Paint; readonly err: Paint } {
    return {
      out: makePaint(wantsColor(color, this.output.isTerminal, this.env)),
      err: makePaint(wantsColor(color, this.output.isStatusTerminal, this.env)),
    };
  }

  /** All of stdin, read once. Throws {@link OptionError} past 64 MiB, and where it has been read for another purpose. */
  stdin(purpose: string): Promise<Buffer> {
    if (this.#stdin !== undefined) {
      throw new OptionError(`Cannot read ${purpose} from stdin: it is read for something else already.`);
    }
    this.#stdin = readAll(process.stdin);
    return this.#stdin;
  }

  /** Where hosts are chosen from; `sshConfig` is the file that `-F` names. */
  selection(sshConfig: string | undefined): SelectionSources {
    return {
      env: this.env,
      stdin: async () => (await this.stdin('the hosts')).toString(),
      aliases: async () => {
        if (sshConfig === 'none') return [];
        const { SshConfig } = await import('../inventory/ssh-config/ssh-config.js');
        return (await SshConfig.load(sshConfig)).aliases;
      },
    };
  }
}

async function readAll(stream: NodeJS.ReadStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MOST_INPUT) {
      throw new OptionError(
        'Expected at most 64 MiB on stdin: put a larger file on the hosts first, then read it there.',
      );
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
