import { AbortError } from '../../core/errors.js';
import type { Fleet } from '../../fleet/fleet.js';
import type { FleetTransfer, FleetTransferOptions } from '../../fleet/fleet-transfers.js';
import type { Context } from '../context.js';
import { RollingNotes } from '../run/rolling-notes.js';
import { trustFlags } from '../run/run-flags.js';
import { Interrupts } from '../terminal/interrupts.js';
import { DryRun } from './dry-run.js';
import { type TransferFlags, transferOptions } from './transfer-flags.js';
import { TransferBars } from './transfer-progress.js';
import type { TransferResult } from './transfer-result.js';
import { type TransferAction, TransferTally, type TransferTotals, totalsLine } from './transfer-summary.js';
import { makeView, type TransferView } from './transfer-views.js';

/** What a {@link TransferRun} is made of. */
export interface TransferRunOptions {
  readonly fleet: Fleet;
  readonly flags: TransferFlags;
  readonly context: Context;
  readonly action: TransferAction;
}

/** One transfer with a fleet, shown while it goes on. */
export class TransferRun {
  readonly #o: TransferRunOptions;
  readonly #tally = new TransferTally();
  readonly #finished = new Map<string, TransferResult>();
  readonly #begun: number = performance.now();
  readonly #stop = new AbortController();
  readonly #view: TransferView;
  /** What would be done, in a dry run. */
  readonly #plan: DryRun | undefined;
  #ended = false;

  constructor(o: TransferRunOptions) {
    const { fleet, flags, context, action } = o;
    this.#o = o;
    this.#plan = flags.dryRun === true ? new DryRun() : undefined;
    this.#view = makeView(flags.output, {
      output: context.output,
      paint: context.paints(flags).out,
      action,
      keys: [...fleet.keys()],
      trustFlags: trustFlags(flags),
      plan: this.#plan,
    });
  }

  /**
   * Starts the transfer, and shows it until it has ended.
   *
   * @returns the exit status.
   * @throws what the transfer rejects with: nothing was opened then.
   */
  async go(start: (o: FleetTransferOptions) => FleetTransfer): Promise<number> {
    const { fleet, flags, context } = this.#o;
    const { output } = context;
    const plan = this.#plan;
    using bars = new TransferBars(
      {
        output,
        paint: context.paints(flags).err,
        tally: this.#tally,
        keys: [...fleet.keys()],
        overwrite: flags.overwrite,
        batchSize: flags.batchSize ?? fleet.batchSize,
      },
      // Bars are drawn by moving the cursor up.
      flags.quiet !== true && context.env['TERM'] !== 'dumb',
    );
    using interrupts = new Interrupts({
      first: () => {
        const more = output.isStatusTerminal ? ' Once more to leave at once.' : '';
        output.note(`Interrupted: ending what runs, and clearing up.${more}\n`);
        this.#stop.abort(new AbortError('Interrupted.'));
      },
      second: (status) => {
        this.#end(bars);
        output.flush();
        process.exit(status);
      },
    });
    output.onClosed = () => this.#stop.abort(new AbortError('Nobody reads the output any more.'));
    const quiet = flags.quiet === true;
    const rolling = new RollingNotes({ output, paint: context.paints(flags).err, pause: flags.pause ?? 0, quiet });
    const results = start({
      ...transferOptions(flags),
      onBatch: (batch) => rolling.begin(batch),
      signal: this.#stop.signal,
      onProgress: (p, key) => {
        this.#tally.read(p.bytesRead);
        bars.progress(p, key);
      },
      ...(plan === undefined ? {} : { onEntry: (entry, key) => plan.add(entry, key) }),
    });
    for await (const result of results) {
      this.#finished.set(result.key, result);
      this.#tally.add(result);
      bars.done(result.key);
      this.#view.result(result);
      rolling.done(result);
      await output.ready();
    }
    this.#end(bars);
    return interrupts.status ?? (this.#tally.failed > 0 ? 1 : 0);
  }

  #end(bars: TransferBars): void {
    if (this.#ended) return;
    this.#ended = true;
    const { fleet, flags, context, action } = this.#o;
    const { output } = context;
    bars[Symbol.dispose]();
    const totals = this.#totals();
    this.#view.end(
      [...fleet.keys()].flatMap((key) => this.#finished.get(key) ?? []),
      totals,
    );
    if (flags.quiet === true || output.closed) return;
    output.note(`${totalsLine(totals, { action, overwrite: flags.overwrite }, context.paints(flags).err)}\n`);
  }

  #totals(): TransferTotals {
    const { fleet, flags, context } = this.#o;
    return this.#tally.totals({
      total: fleet.size,
      dryRun: flags.dryRun === true,
      durationMs: performance.now() - this.#begun,
      interrupted: this.#stop.signal.aborted && !context.output.closed,
    });
  }
}
