import type { HawserError } from '../../core/hawser-error.js';

/**
 * What happens to a file that is followed, beside its growth.
 *
 * - `waiting`: there is no file at the path, or none that can be read; `error` says why. It is waited for.
 * - `appeared`: there is one now.
 * - `rotated`: another file stands at the path. The old one was read to its end, the new one is read from its start.
 * - `truncated`: the file lost what had been read of it, and is read from its start.
 * - `disconnected`: the link was lost, `error` says how; attempt number `attempt` to make it again begins in `delayMs`.
 * - `reconnected`: the link stands again, and the file is read on where it was left.
 */
export type TailNotice =
  | { readonly type: 'waiting'; readonly error: HawserError }
  | { readonly type: 'appeared' | 'rotated' | 'truncated' | 'reconnected' }
  | {
      readonly type: 'disconnected';
      readonly error: HawserError;
      readonly attempt: number;
      readonly delayMs: number;
    };
