import type { HawserError } from '../../core/hawser-error.js';

/**
 * What happens to a file that is followed, beside its growth.
 *
 * - `waiting`: there is no file at the path, or none that can be read; `error` says why. It is waited for.
 * - `appeared`: there is one now.
 * - `rotated`: another file stands at the path. The old one was read to its end, the new one is read from its start.
 * - `truncated`: the file lost what had been read of it, and is read from its start. What was written to it after the last
 *   look and before it was truncated is lost, unless a copy of it stands beside it (`copytruncate`): that is read before.
 * - `gap`: lines may be missing before those that come next. The file that was read last is not among those that were
 *   rotated away, so that others may have come after it and have been deleted; or files were compressed before they
 *   were read: `compressed` names them.
 * - `disconnected`: the link was lost, `error` says how; attempt number `attempt` to make it again begins in `delayMs`.
 * - `reconnected`: the link stands again, and the file is read on where it was left.
 */
export type TailNotice =
  | { readonly type: 'waiting'; readonly error: HawserError }
  | { readonly type: 'appeared' | 'rotated' | 'truncated' | 'reconnected' }
  | { readonly type: 'gap'; readonly compressed: readonly string[] }
  | {
      readonly type: 'disconnected';
      readonly error: HawserError;
      readonly attempt: number;
      readonly delayMs: number;
    };
