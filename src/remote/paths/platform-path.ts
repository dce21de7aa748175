import type { posix } from 'node:path';

/**
 * The path functions of a machine: one of `posix` and `win32` of `node:path`, whichever suits it.
 *
 * These only ever look at text. `resolve` and `relative` of a path that does not begin at a root take this process's
 * own working directory for it, as they do in Node: ask the machine itself with `fs.realpath` instead.
 */
export type PlatformPath = typeof posix;
