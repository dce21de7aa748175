import { OptionError } from '../../core/hawser-error.js';
import { quote } from '../../core/quote.js';
import { FINISH } from './direct-end.js';
import { parseDirectId } from './direct-id.js';
import { IDENTITY } from './far-identity.js';

/** Options of {@link directCancel}. */
export interface DirectCancelOptions {
  /** How long the job has between TERM and KILL, in milliseconds. Default 5,000. */
  readonly grace?: number;
}

/**
 * How a job of `direct` was cancelled: `ended` by TERM, `killed`, or it was `gone` already. `elsewhere`: it is on another
 * node, and nothing was done; `unclear`: nothing was done, for the machine does not tell whether the process is the job's;
 * `left`: something of it did not even end by KILL.
 */
export type DirectCancelled = (typeof WORDS)[number];

/**
 * A script for `askShell` that ends a job of `direct`: its session, and whatever else bears its mark, but only after it has
 * made sure that they are the job's. It waits for their end, and prints a {@link DirectCancelled}.
 *
 * Throws `OptionError` for an id that is none.
 */
export function directCancel(id: string, o: DirectCancelOptions = {}): string {
  const { grace = 5000 } = o;
  if (!Number.isFinite(grace) || grace < 0) {
    throw new OptionError(`Expected \`grace\` to be a number of milliseconds, 0 or more, got ${String(grace)}.`);
  }
  const parts = parseDirectId(id);
  if (parts === undefined) throw new OptionError(`Expected an id of \`direct\`, got ${JSON.stringify(id)}.`);
  const { host, boot, pid, start } = parts;
  return `${IDENTITY}hawser_alive ${host} ${boot} ${pid} ${start}
case $hawser_is:${host} in
  "unknown:$hawser_host") echo unclear; exit 0 ;;
  unknown:*) echo elsewhere; exit 0 ;;
esac
hawser_id=${quote(id)} hawser_top=${pid} hawser_session=
[ "$hawser_is" = no ] || hawser_session=${pid}
${FINISH}hawser_finish ${Math.ceil(grace / 100)}
echo "$hawser_how"
`;
}

const WORDS = ['ended', 'killed', 'gone', 'elsewhere', 'unclear', 'left'] as const;

/** The {@link DirectCancelled} in what the script printed; `undefined` where there is none. */
export function parseDirectCancelled(text: string): DirectCancelled | undefined {
  return WORDS.find((word) => word === text.trim());
}
