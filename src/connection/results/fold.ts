import { HostSet } from '../../inventory/host-set/host-set.js';
import type { HostOutcome } from './host-value.js';

/** A result with output: that of a command, or of a file that was read. */
export interface FoldableResult extends HostOutcome {
  readonly stdout: string | Buffer;
  readonly stderr?: string | Buffer;
  readonly status?: number | null;
}

/** Options of `MultiResult.fold`. */
export interface FoldOptions {
  /** Default `'stdout'`. */
  readonly stream?: 'stdout' | 'stderr';
  /** Takes away what may differ, such as the host's own name. What it returns is compared, and is the group's output. */
  readonly normalize?: (output: string, key: string) => string;
}

/** Hosts whose commands wrote the same and ended with the same status. */
export interface FoldGroup {
  /** The keys of the hosts, to be shown folded: `web[01-50]`. */
  readonly hosts: HostSet;
  /** The keys in the order of the fleet. */
  readonly keys: string[];
  readonly output: string;
  /** `null`: no status came. */
  readonly status: number | null;
}

/** Groups results by output and status, the largest group first; of equal ones the first in the fleet. */
export function foldResults(results: Iterable<FoldableResult>, o: FoldOptions = {}): FoldGroup[] {
  const byStatus = new Map<number | null, Map<string, { readonly keys: string[]; readonly output: string }>>();
  const groups: { readonly keys: string[]; readonly output: string; readonly status: number | null }[] = [];
  for (const result of results) {
    const { key, status = null } = result;
    const written = (o.stream === 'stderr' ? result.stderr : result.stdout) ?? '';
    const output = o.normalize === undefined ? written.toString() : o.normalize(written.toString(), key);
    // Bytes that are no text are all shown alike and must not be taken for the same.
    const identity = typeof written === 'string' || o.normalize !== undefined ? output : written.toString('latin1');
    let ofStatus = byStatus.get(status);
    if (ofStatus === undefined) {
      ofStatus = new Map();
      byStatus.set(status, ofStatus);
    }
    const known = ofStatus.get(identity);
    if (known !== undefined) {
      known.keys.push(key);
      continue;
    }
    const group = { keys: [key], output, status };
    ofStatus.set(identity, group);
    groups.push(group);
  }
  groups.sort((a, b) => b.keys.length - a.keys.length);
  return groups.map(({ keys, output, status }) => ({ hosts: HostSet.of(keys), keys, output, status }));
}
