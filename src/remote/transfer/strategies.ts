import { moveOverSeveralLanes } from './lanes/several-lanes.js';
import type { Strategy } from './strategy.js';
import { openTarFetcher } from './tar/tar-fetcher.js';
import { openTarSender } from './tar/tar-sender.js';

/** The quicker ways that there are. */
export const strategy: Strategy = {
  moveBytes: moveOverSeveralLanes,
  openBundler: (work) => openTarSender(work) ?? openTarFetcher(work),
};
