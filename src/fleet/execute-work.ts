import { Readable } from 'node:stream';
import { type FleetResult, failedResult } from '../connection/results/failed-result.js';
import { OptionError } from '../core/hawser-error.js';
import { type Command, commandText } from '../core/quote.js';
import { checkMaxBuffer, type ExecuteOptions, planRun } from '../remote/process/options.js';
import type { Admission } from './admission.js';
import { type FleetOptions, withoutFleetOptions } from './fleet-options.js';
import type { HostPool } from './host-pool.js';
import { HostTurn } from './host-turn.js';
import type { HostWork, Operation } from './operation.js';

/**
 * Options of running a command on a fleet. `timeout` and `signal` are the fleet's: the limit is for each host, its
 * connect included. An `input` that is a stream can be read by one host only.
 */
export interface FleetExecuteOptions<T extends FleetResult = FleetResult>
  extends Omit<ExecuteOptions, 'timeout' | 'signal'>,
    FleetOptions<T> {}

/** What runs where: the command of each host. */
export type CommandOf = (key: string) => Command;

/** Checks all that can be checked before anything runs. Throws {@link OptionError}. */
export function checkExecute(
  pools: readonly HostPool[],
  commandOf: CommandOf,
  o: Omit<FleetExecuteOptions, 'check' | 'onStdout' | 'onStderr'>,
): void {
  for (const pool of pools) commandText(commandOf(pool.key));
  planRun({ ...o, signal: undefined });
  checkMaxBuffer(o.maxBuffer);
  const { encoding = 'utf8', input } = o;
  if (encoding !== 'buffer' && !Buffer.isEncoding(encoding)) {
    throw new OptionError(`Expected the \`encoding\` option to be an encoding or "buffer", got ${String(encoding)}.`);
  }
  if (input instanceof Readable && pools.length > 1) {
    throw new OptionError(
      `Expected the \`input\` option to be a string or bytes for ${pools.length} hosts: a stream can be read only once.`,
    );
  }
}

/** Runs a command on each host and makes a result of whatever comes of it. */
export function executeWork(
  operation: Operation,
  admission: Admission,
  commandOf: CommandOf,
  o: FleetExecuteOptions,
): HostWork<FleetResult> {
  const own = withoutFleetOptions(o);
  const { encoding = 'utf8' } = own;
  return {
    async run(pool) {
      const turn = new HostTurn(pool, operation, admission);
      const command = commandOf(pool.key);
      try {
        const result = await turn.take({ alwaysHeeds: false, freesSignal: true }, (connection, signal) =>
          connection.execute(command, signal === undefined ? own : { ...own, signal }),
        );
        return result.key === pool.key ? result : { ...result, key: pool.key };
      } catch (error) {
        const { durationMs, begun } = turn;
        const outcome = begun ? undefined : 'skipped';
        return failedResult(pool, error, { command: commandText(command), encoding, durationMs, outcome });
      }
    },
    skip(pool, why) {
      const command = commandText(commandOf(pool.key));
      return failedResult(pool, why, { command, encoding, durationMs: 0, outcome: 'skipped' });
    },
  };
}
