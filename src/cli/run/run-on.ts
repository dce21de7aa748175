import type { CommandResult } from '../../core/command-result.js';
import { AbortError } from '../../core/errors.js';
import type { StreamedResult } from '../../fleet/fleet-event.js';
import type { FleetBatch } from '../../fleet/rolling-options.js';
import type { RunOptions } from '../../remote/process/options.js';
import type { Context } from '../context.js';
import { callLimits } from '../options/pacing-flags.js';
import type { RunKeeper } from '../runs/run-keeper.js';
import { Interrupts } from '../terminal/interrupts.js';
import { keepRun, makeKeeper } from './keep-run.js';
import { Progress } from './progress.js';
import { RollingNotes } from './rolling-notes.js';
import { type RunFlags, readEnv, trustFlags } from './run-flags.js';
import type { RunHosts, RunPlan } from './run-hosts.js';
import type { CollectedView, LiveView, ViewOptions } from './run-view.js';
import { summaryLine, Tally } from './summary.js';

/** Runs a command on hosts that were chosen, and shows it. Returns the exit status. */
export async function runOn(hosts: RunHosts, command: string, flags: RunFlags, context: Context): Promise<number> {
  const plan = await makePlan(flags, context);
  return await new Run(hosts, command, flags, context).go(plan);
}

async function makePlan(flags: RunFlags, context: Context): Promise<RunPlan> {
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
  const password = flags.askSudoPass === true ? await askPassword(user, context) : undefined;
  return { ...(user === undefined ? {} : { user }), ...(password === undefined ? {} : { password }) };
}

async function askPassword(user: string | undefined, { prompt }: Context): Promise<string> {
  const { askSudoPassword } = await import('../options/ask-credentials.js');
  return askSudoPassword(prompt, user);
}

/** One command on hosts, shown while it runs. */
class Run {
  readonly #hosts: RunHosts;
  readonly #command: string;
  readonly #flags: RunFlags;
  readonly #context: Context;
  readonly #tally = new Tally();
  readonly #begun: number = performance.now();
  readonly #stop = new AbortController();
  readonly #rolling: RollingNotes;
  /** `undefined` where nothing is to be kept of it. */
  #keeper: RunKeeper | undefined;

  constructor(hosts: RunHosts, command: string, flags: RunFlags, context: Context) {
    this.#hosts = hosts;
    this.#command = command;
    this.#flags = flags;
    this.#context = context;
    this.#rolling = new RollingNotes({
      output: context.output,
      paint: context.paints(flags).err,
      pause: flags.pause ?? 0,
      quiet: flags.quiet === true,
    });
  }

  async go(plan: RunPlan): Promise<number> {
    const { output } = this.#context;
    const paints = this.#context.paints(this.#flags);
    const view = await this.#view(paints.out);
    const hosts = Array.from(this.#hosts.entries(), ([key, { host }]) => ({ key, host }));
    this.#keeper = await makeKeeper(hosts, this.#command, this.#flags, this.#context);
    let endNow = (): void => {};
    const { caller } = this.#context;
    const onInterrupt = {
      first: (): void => {
        const more = output.isStatusTerminal ? ' Once more to leave at once.' : '';
        output.note(`Interrupted: ending what runs.${more}\n`);
        this.#stop.abort(new AbortError('Interrupted.'));
      },
      second: (status: number): void => {
        endNow();
        output.flush();
        caller.exit(status);
      },
    };
    using interrupts = new Interrupts(onInterrupt, caller);
    output.onClosed = () => this.#stop.abort(new AbortError('Nobody reads the output any more.'));
    using progress = new Progress({
      output,
      paint: paints.err,
      tally: this.#tally,
      total: this.#hosts.size,
      batchSize: this.#flags.batchSize ?? this.#hosts.batchSize,
      rolling: this.#rolling,
    });
    const show = (end: () => void): (() => void) => {
      endNow = once(() => {
        progress[Symbol.dispose]();
        end();
        this.#sumUp();
        keepRun(this.#keeper, this.#context, this.#stop.signal.aborted);
      });
      return endNow;
    };
    if ('event' in view) await this.#stream(plan, view, progress, show);
    else await this.#collect(plan, view, progress, show);
    return interrupts.status ?? (this.#tally.failed > 0 ? 1 : 0);
  }

  async #stream(
    plan: RunPlan,
    view: LiveView,
    progress: Progress,
    show: (end: () => void) => () => void,
  ): Promise<void> {
    const { output } = this.#context;
    const end = show(() => view.end(this.#summary()));
    const options = { ...plan, signal: this.#stop.signal, onBatch: (batch: FleetBatch) => this.#rolling.begin(batch) };
    const events =
      view.encoding === 'buffer'
        ? this.#hosts.stream(this.#command, { ...options, encoding: 'buffer' })
        : this.#hosts.stream(this.#command, options);
    for await (const event of events) {
      view.event(event);
      if (event.type === 'start') progress.started(event.key);
      if (event.type === 'stdout' || event.type === 'stderr') this.#keeper?.output(event.key, event.type, event.data);
      if (event.type === 'exit' || event.type === 'error') this.#done(event.result, progress);
      await output.ready();
    }
    end();
  }

  async #collect(
    plan: RunPlan,
    view: CollectedView,
    progress: Progress,
    show: (end: () => void) => () => void,
  ): Promise<void> {
    const finished = new Map<string, CommandResult>();
    const end = show(() => {
      const inOrder = [...this.#hosts.keys()].flatMap((key) => finished.get(key) ?? []);
      view.end(inOrder, this.#summary());
    });
    const { maxOutput } = this.#flags;
    const results = this.#hosts.execute(this.#command, {
      ...plan,
      ...(maxOutput === undefined ? {} : { maxBuffer: maxOutput }),
      signal: this.#stop.signal,
      onBatch: (batch) => this.#rolling.begin(batch),
    });
    for await (const result of results) {
      finished.set(result.key, result);
      this.#done(result, progress);
    }
    end();
    const cut = [...finished.values()].filter(({ truncated }) => truncated.stdout || truncated.stderr);
    if (cut.length > 0 && this.#flags.output !== 'json') {
      this.#context.output.note(`The output of ${cut.length} hosts was longer than --max-output and is cut.\n`);
    }
  }

  #done(result: StreamedResult | CommandResult, progress: Progress): void {
    this.#tally.add(result);
    progress.done(result.key);
    this.#rolling.done(result);
    this.#keeper?.result(result);
  }

  #summary(): ReturnType<Tally['summary']> {
    const interrupted = this.#stop.signal.aborted && !this.#context.output.closed;
    return this.#tally.summary(this.#hosts.size, performance.now() - this.#begun, interrupted);
  }

  #sumUp(): void {
    const { output } = this.#context;
    if (this.#flags.quiet === true || output.closed) return;
    output.note(`${summaryLine(this.#summary(), this.#context.paints(this.#flags).err)}\n`);
  }

  /** What shows it; the others are not loaded. */
  async #view(paint: ViewOptions['paint']): Promise<CollectedView | LiveView> {
    const options: ViewOptions = {
      output: this.#context.output,
      paint,
      keys: [...this.#hosts.keys()],
      raw: this.#flags.raw === true,
      trustFlags: trustFlags(this.#flags),
    };
    switch (this.#flags.output) {
      case 'stream':
        return new (await import('./stream-view.js')).StreamView(options);
      case 'ndjson':
        return new (await import('./ndjson-view.js')).NdjsonView(options);
      case 'fold':
        return new (await import('./fold-view.js')).FoldView(options);
      case 'table':
        return new (await import('./table-view.js')).TableView(options);
      case 'json':
        return new (await import('./json-view.js')).JsonView(options, this.#command);
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
