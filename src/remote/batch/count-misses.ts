import { PUT } from './far-identity.js';
import { farPath } from './far-path.js';

/** How often, and since when, a job was looked for in vain by whoever looked. */
export interface Misses {
  readonly times: number;
  /** Since the first time, in milliseconds. */
  readonly ms: number;
}

/**
 * A script for `askShell` that writes into records that their jobs were looked for in the queue once more, in vain: who looks
 * once in a while, each time as a new process, could never tell otherwise that one is lost. {@link parseMisses} understands
 * what it prints. A record that cannot be written to is left out.
 */
export function countMisses(records: readonly string[]): string {
  return `${PUT}hawser_now=$(date +%s)
hawser_count() {
  hawser_since= hawser_times=
  { read -r hawser_since hawser_times <"$2/missed"; } 2>/dev/null
  case $hawser_since$hawser_times in *[!0-9]*) hawser_times= ;; esac
  if [ -z "$hawser_times" ] || [ "\${#hawser_since}" -gt 12 ] || [ "\${#hawser_times}" -gt 6 ]; then
    hawser_since=$hawser_now hawser_times=0
  fi
  hawser_times=$((hawser_times + 1))
  hawser_put "$2/missed" "$hawser_since $hawser_times" && echo "missed $1 $((hawser_now - hawser_since)) $hawser_times"
}
${records.map((record, i) => `hawser_count ${i} ${farPath(record)}\n`).join('')}:
`;
}

/** What {@link countMisses} printed, by the records that it was asked about. */
export function parseMisses(text: string, records: readonly string[]): Map<string, Misses> {
  const misses = new Map<string, Misses>();
  for (const [, index, seconds, times] of text.matchAll(/^missed (\d+) (-?\d+) (\d+)$/gm)) {
    const record = records[Number(index)];
    if (record !== undefined) misses.set(record, { times: Number(times), ms: Math.max(0, Number(seconds)) * 1000 });
  }
  return misses;
}

/** A script for `askShell` that forgets what {@link countMisses} wrote: the jobs were found after all. */
export function forgetMisses(records: readonly string[]): string {
  return `rm -f --${records.map((record) => ` ${farPath(record)}/missed`).join('')}\n`;
}
