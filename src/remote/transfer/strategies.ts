import { moveOverSeveralChannels } from './lanes/several-channels.js';
import type { Strategy } from './strategy.js';
import { openTarBundler } from './tar/tar-bundler.js';

/** The quicker ways that there are. */
export const strategy: Strategy = { moveBytes: moveOverSeveralChannels, openBundler: openTarBundler };
