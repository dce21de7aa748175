import type { CommandResult } from '../../core/command-result.js';
import { AbortError } from '../../core/errors.js';
import type { FleetOptions } from '../../fleet/fleet-options.js';
import type { MultiConnection } from '../../fleet/multi-connection.js';
import type { RunOptions } from '../../remote/process/options.js';
import type { Context } from '../context.js';
import { askSudoPassword } from '../options/ask-credentials.js';
import { makeFleet } from '../options/make-fleet.js';
import { callLimits } from '../options/pacing-options.js';
import { Interrupts } from '../terminal/interrupts.js';
import { FoldView } from './fold-view.js';
import { JsonView } from './json-view.js';
import { NdjsonView } from './ndjson-view.js';
import { Progress } from './progress.js';
import { type RunFlags, readEnv, trustFlags } from './run-flags.js';
import type { CollectedView, LiveView, ViewOptions } from './run-view.js';
import { StreamView } from './stream-view.js';
import { summaryLine, Tally } from './summary.js';
import { TableView } from './table-view.js';

/** How a fleet runs a command: all that the flags say of it. */
interface Plan extends FleetOptions, Pick<RunOptions, 'cwd' | 'env' | 'sudo'> {
  readonly input?: Uint8Array;
}

/**
 * `hawser run`: the words are one line for the remote shell, as with ssh(1).
 *
 * @returns the exit status.
 * @throws OptionError, ParseError for what cannot be meant; AbortError for a question that was not answered.
 */
export async function run(words: readonly string[], flags: RunFlags, context: Context): Promise<number> {
  const command = words.join(' ');
  await using fleet = await makeFleet(flags, context);
  const plan = await makePlan(flags, context);
  return await new Run(fleet, command, flags, context).go(plan);
}

async function makePlan(flags: RunFlags, context: Context): Promise<Plan> {
  const { cwd, env, stdin } = flags;
  const sudo = await sudoOf(flags, context);
  return {
    ...callLimits(flags),
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: readEnv(env, context.env) }),
    ...(sudo === undefined ? {} : { sudo }),
    ...(stdin === true ? { input: await context.stdin('the input of the command') } : {}),
  };
}

async function sudoOf(flags: RunFlags, context: Context): Promise<RunOptions['sudo']> {
  if (flags.sudo === undefined && flags.askSudoPass === undefined) return undefined;
  const user = typeof flags.sudo === 'string' ? flags.sudo : undefined;
  const password = flags.askSudoPass === true ? await askSudoPassword(context.prompt, user) : undefined;
  return { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) };
}

/** One command on a fleet, shown while it runs. */
class Run {
  readonly #fleet: MultiConnection;
  readonly #command: string;
  readonly #flags: RunFlags;
  readonly #context: Context;
  readonly #tally = new Tally();
  readonly #begun: number = performance.now();
  readonly #stop = new AbortController();

  constructor(fleet: MultiConnection, command: string, flags: RunFlags, context: Context) {
    this.#fleet = fleet;
    this.#command = command;
    this.#flags = flags;
    this.#context = context;
  }

  async go(plan: Plan): Promise<number> {
    const { output } = this.#context;
    let endNow = (): void => {};
    using interrupts = new Interrupts({
      first: () => {
        const more = output.isStatusTerminal ? ' Once more to leave at once.' : '';
        output.note(`Interrupted: ending what runs.${more}\n`);
        this.#stop.abort(new AbortError('Interrupted.'));
      },
      second: (status) => {
        endNow();
        output.flush();
        process.exit(status);
      },
    });
    output.onClosed = () => this.#stop.abort(new AbortError('Nobody reads the output any more.'));
    const paints = this.#context.paints(this.#flags);
    using progress = new Progress({
      output,
      paint: paints.err,
      tally: this.#tally,
      total: this.#fleet.size,
      batchSize: this.#flags.batchSize ?? this.#fleet.batchSize,
    });
    const view = this.#view(paints.out);
    const show = (end: () => void): (() => void) => {
      endNow = once(() => {
        progress[Symbol.dispose]();
        end();
        this.#sumUp();
      });
      return endNow;
    };
    if ('event' in view) await this.#stream(plan, view, progress, show);
    else await this.#collect(plan, view, progress, show);
    return interrupts.status ?? (this.#tally.failed > 0 ? 1 : 0);
  }

  async #stream(plan: Plan, view: LiveView, progress: Progress, show: (end: () => void) => () => void): Promise<void> {
    const { output } = this.#context;
    const end = show(() => view.end(this.#summary()));
    const options = { ...plan, signal: this.#stop.signal };
    const events =
      view.encoding === 'buffer'
        ? this.#fleet.stream(this.#command, { ...options, encoding: 'buffer' })
        : this.#fleet.stream(this.#command, options);
    for await (const event of events) {
      view.event(event);
      if (event.type === 'start') progress.started(event.key);
      if (event.type === 'exit' || event.type === 'error') {
        this.#tally.add(event.result);
        progress.done(event.key);
      }
      await output.ready();
    }
    end();
  }

  async #collect(
    plan: Plan,
    view: CollectedView,
    progress: Progress,
    show: (end: () => void) => () => void,
  ): Promise<void> {
    const finished = new Map<string, CommandResult>();
    const end = show(() => {
      const inOrder = [...this.#fleet.keys()].flatMap((key) => finished.get(key) ?? []);
      view.end(inOrder, this.#summary());
    });
    const { maxOutput } = this.#flags;
    const results = this.#fleet.execute(this.#command, {
      ...plan,
      ...(maxOutput === undefined ? {} : { maxBuffer: maxOutput }),
      signal: this.#stop.signal,
    });
    for await (const result of results) {
      finished.set(result.key, result);
      this.#tally.add(result);
      progress.done(result.key);
    }
    end();
    const cut = [...finished.values()].filter(({ truncated }) => truncated.stdout || truncated.stderr);
    if (cut.length > 0 && this.#flags.output !== 'json') {
      this.#context.output.note(`The output of ${cut.length} hosts was longer than --max-output and is cut.\n`);
    }
  }

  #summary(): ReturnType<Tally['summary']> {
    const interrupted = this.#stop.signal.aborted && !this.#context.output.closed;
    return this.#tally.summary(this.#fleet.size, performance.now() - this.#begun, interrupted);
  }

  #sumUp(): void {
    const { output } = this.#context;
    if (this.#flags.quiet === true || output.closed) return;
    output.note(`${summaryLine(this.#summary(), this.#context.paints(this.#flags).err)}\n`);
  }

  #view(paint: ViewOptions['paint']): CollectedView | LiveView {
    const options: ViewOptions = {
      output: this.#context.output,
      paint,
      keys: [...this.#fleet.keys()],
      raw: this.#flags.raw === true,
      trustFlags: trustFlags(this.#flags),
    };
    switch (this.#flags.output) {
      case 'stream':
        return new StreamView(options);
      case 'ndjson':
        return new NdjsonView(options);
      case 'fold':
        return new FoldView(options);
      case 'table':
        return new TableView(options);
      case 'json':
        return new JsonView(options, this.#command);
    }
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
