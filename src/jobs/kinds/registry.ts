import { OptionError } from '../../core/hawser-error.js';
import { didYouMean } from '../../core/nearest-name.js';
import { direct } from './direct.js';
import type { SchedulerKind } from './scheduler-kind.js';
import { sge } from './sge.js';
import { slurm } from './slurm.js';

const kinds = new Map<string, SchedulerKind>([direct, slurm, sge].map((kind) => [kind.name, kind]));

/**
 * Makes a further kind of scheduler known, by the name that machines give in `scheduler`. Returns what takes it away again.
 *
 * @throws OptionError for a name that is taken, or none.
 */
export function registerScheduler(kind: SchedulerKind): () => void {
  const { name } = kind;
  if (typeof name !== 'string' || !/^[\w.-]+$/.test(name)) {
    throw new OptionError(`Expected the name of a scheduler to be letters, digits, ".", "_" or "-", got "${name}".`);
  }
  if (kinds.has(name)) throw new OptionError(`There is a scheduler "${name}" already: register yours by another name.`);
  kinds.set(name, kind);
  return () => {
    if (kinds.get(name) === kind) kinds.delete(name);
  };
}

/**
 * The kind of scheduler of that name.
 *
 * @throws OptionError that names the known ones.
 */
export function schedulerKind(name: string): SchedulerKind {
  const kind = kinds.get(name);
  if (kind !== undefined) return kind;
  const known = [...kinds.keys()].join(', ');
  throw new OptionError(`There is no scheduler "${name}": known are ${known}.${didYouMean(name, kinds.keys())}`);
}
